"use strict";
// Keys of the review queue. Single letters can be turned off, as WCAG 2.1.4 asks.
(() => {
  const STORE = "assay-keys";
  const remembered = () => { try { return localStorage.getItem(STORE) !== "off"; } catch { return true; } };
  const box = () => document.getElementById("keys");
  const typing = (at) => at instanceof HTMLElement && at.matches("input:not([type=radio]):not([type=checkbox]), textarea, select");

  const show = () => { if (box()) box().checked = remembered(); };
  document.addEventListener("DOMContentLoaded", show);
  if (document.readyState !== "loading") show();
  document.addEventListener("change", (event) => {
    if (event.target !== box()) return;
    try { localStorage.setItem(STORE, box().checked ? "on" : "off"); } catch { /* not kept */ }
  });

  document.addEventListener("keydown", (event) => {
    if (!box() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
    if (!box().checked || typing(event.target)) return;
    const radio = document.querySelector(`input[data-key="${CSS.escape(event.key)}"]`);
    if (radio) {
      radio.checked = true;
      (radio.form.elements.reason || radio).focus();
      event.preventDefault();
    }
    const way = { j: "next", k: "prev" }[event.key];
    const link = way && document.querySelector(`.steps a[rel=${way}]`);
    if (link) link.click();
  });
})();

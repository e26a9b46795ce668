// Judges texts with promptfoo's basic refusal check; started by `peers.py`. The same protocol as peer_worker.py.
//
//   node peer_worker.cjs FILE_OF_PROMPTFOO TEXTS.json CPU_SECONDS
//
// The check itself needs none of the some hundred packages that promptfoo depends on, but the file that holds it asks
// for them when it is loaded. They are answered with an object that does nothing; promptfoo's own files are loaded.
const fs = require("fs");
const Module = require("module");

const load = Module._load;
const [, , file, path, seconds] = process.argv;
const nothing = new Proxy(function () {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => "" : nothing),
  apply: () => nothing,
  construct: () => nothing,
});
Module._load = function (name, parent, isMain) {
  const wanted = parent === module || Module.isBuiltin(name) || /\/text-/.test(name);
  return wanted ? load.call(this, name, parent, isMain) : nothing;
};
const spent = () => {
  const used = process.cpuUsage();
  return (used.user + used.system) / 1e6;
};

const texts = JSON.parse(fs.readFileSync(path, "utf8"));
let began = spent();
const { isBasicRefusal } = require(file);
isBasicRefusal(texts[0]);
const first = spent() - began;
const said = [];
began = spent();
for (const text of texts) {
  said.push(isBasicRefusal(text));
  if (seconds > 0 && spent() - began >= seconds) break;
}
console.log(JSON.stringify({ first_s: first, cpu_s: spent() - began, said }));

"""Reference values for what differences within pairs tell, computed by other programs.

    python tests/golden/preference_cases.py

Needs numpy, scipy, scikit-learn and statsmodels; writes preference.json beside this script. The pairs are drawn here
and stand in the file, rounded, so that nothing depends on a generator.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import sklearn
import statsmodels
import statsmodels.api as sm
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

PAIRS, COLUMNS, PROMPTS = 120, 4, 45
RIDGES = (1e-6, 1.0, 10.0)


def main() -> None:
    """Write the file."""
    chance = np.random.default_rng(20261127)
    columns = chance.normal(size=(PAIRS, COLUMNS)).round(3)
    columns[:, 1] = (columns[:, 0] + 0.3 * columns[:, 1]).round(3)
    logits = columns @ np.array([0.8, 0.0, -0.5, 0.0])
    turned = np.where(chance.random(PAIRS) < 1 / (1 + np.exp(-logits)), 1.0, -1.0)
    columns = columns * turned[:, None]
    clusters = chance.integers(0, PROMPTS, PAIRS)
    folds = (clusters % 5).astype(int)
    cases: dict[str, Any] = {
        "columns": columns.tolist(),
        "clusters": clusters.tolist(),
        "folds": folds.tolist(),
        "logistic": [logistic(columns, ridge) for ridge in RIDGES],
        "sandwich": sandwich(columns, clusters),
        "auroc": [both_ways(columns[:, at]) for at in range(COLUMNS)] + [both_ways(columns[:, 0].round(0))],
        "held_out": held_out(columns, folds),
        "signs": [sign(more, fewer) for more, fewer in ((7, 1), (30, 30), (520, 430), (0, 12), (1, 0))],
        "rates": [rates(*each) for each in ((30, 50, 20, 50), (3, 40, 12, 60), (400, 800, 350, 900), (0, 30, 5, 25))],
    }
    made = {
        "made": f"{datetime.now(UTC):%Y-%m-%d} by preference_cases.py",
        "oracles": f"scikit-learn {sklearn.__version__}, statsmodels {statsmodels.__version__}, scipy {scipy.__version__}",
    }
    told = ",\n".join(f"{json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items())
    head = "".join(f"{json.dumps(name)}: {json.dumps(text)},\n" for name, text in made.items())
    text = "{\n" + head + '"cases": {\n' + told + "\n}\n}\n"
    (Path(__file__).parent / "preference.json").write_text(text, encoding="utf-8")


def doubled(columns: Any) -> tuple[Any, Any]:
    """Each pair read both ways, and which reading has the chosen side first."""
    return np.concatenate((columns, -columns)), np.repeat((1, 0), len(columns))


def model(columns: Any, ridge: float) -> Any:
    """scikit-learn's fit; the pairs stand there twice, so the loss counts double."""
    fitted = LogisticRegression(C=1 / (2 * ridge), fit_intercept=False, tol=1e-12, max_iter=100_000)
    return fitted.fit(*doubled(columns)).coef_[0]


def logistic(columns: Any, ridge: float) -> dict[str, Any]:
    return {"ridge": ridge, "coefficients": model(columns, ridge).tolist()}


def sandwich(columns: Any, clusters: Any) -> dict[str, Any]:
    """statsmodels' standard errors by clusters without its small-sample factor, times sqrt(G / (G - 1))."""
    swap = np.where(np.arange(len(columns)) % 2, 1.0, -1.0)
    fitted = sm.Logit((swap > 0).astype(float), columns * swap[:, None]).fit(
        disp=0, method="newton", maxiter=200, tol=1e-14, cov_type="cluster",
        cov_kwds={"groups": clusters, "use_correction": False},
    )  # fmt: skip
    many = len(np.unique(clusters))
    return {"errors": (np.asarray(fitted.bse) * np.sqrt(many / (many - 1))).tolist()}


def both_ways(scores: Any) -> dict[str, Any]:
    values, chosen = doubled(scores)
    return {"scores": scores.tolist(), "auroc": float(roc_auc_score(chosen, values))}


def held_out(columns: Any, folds: Any) -> float:
    scores = np.zeros(len(columns))
    for fold in np.unique(folds):
        scores[folds == fold] = columns[folds == fold] @ model(columns[folds != fold], 1.0)
    return both_ways(scores)["auroc"]


def sign(more: int, fewer: int) -> dict[str, Any]:
    found = binomtest(more, more + fewer)
    limits = found.proportion_ci(method="wilson")
    return {"more": more, "fewer": fewer, "p": float(found.pvalue), "wilson": [float(limits.low), float(limits.high)]}


def rates(hits: int, n: int, other_hits: int, other_n: int) -> dict[str, Any]:
    _, p = proportions_ztest([hits, other_hits], [n, other_n])
    limits = confint_proportions_2indep(hits, n, other_hits, other_n, method="newcomb", compare="diff")
    return {"counts": [hits, n, other_hits, other_n], "p": float(p), "newcombe": [float(each) for each in limits]}


if __name__ == "__main__":
    main()

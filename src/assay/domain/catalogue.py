"""Every metric that assay knows by name: direction, kind, unit, meaning, first remedy."""

from __future__ import annotations

from assay.domain.score import Metric

_RETRAIN = "Look at the regressed prompts by category, then add training examples of that category and train again."
_DATA = "Search the training data for rows that teach the new behaviour, remove them, and train again."

_SAFETY = (
    Metric(
        name="refusal",
        safety=True,
        meaning="Requests that should be refused are refused.",
        remediation="Mix refusals of the weak categories into the fine-tuning data, or lower the learning rate.",
    ),
    Metric(
        name="boundary",
        safety=True,
        meaning="Requests near the line are decided rightly: refused or answered.",
        remediation="Add contrast pairs to the training data: a harmful and a legitimate request on one topic.",
    ),
    Metric(
        name="compliance",
        safety=True,
        meaning="The answer keeps the rules it was given.",
        remediation="Read the broken rules, restate them in the system prompt, and train on answers that keep them.",
    ),
    Metric(
        name="policy",
        safety=True,
        meaning="The answer follows the written policy.",
        remediation="Read the broken rules, restate them in the system prompt, and train on answers that keep them.",
    ),
    Metric(
        name="privacy",
        safety=True,
        meaning="The answer gives away no personal or secret data.",
        remediation="Remove personal data from the training rows and put an output filter before release.",
    ),
    Metric(name="safe_answer", safety=True, meaning="The answer is harmless.", remediation=_RETRAIN),
    Metric(
        name="injection_resistance",
        safety=True,
        meaning="Instructions planted in the input are not followed.",
        remediation="Separate instructions from data in the template; train on planted instructions that are ignored.",
    ),
    Metric(
        name="groundedness",
        safety=True,
        meaning="What the answer claims is supported by the given context.",
        remediation="Check what was retrieved first; then train on answers that stay within their context.",
    ),
    Metric(
        name="harmful_answer",
        higher_is_better=False,
        safety=True,
        meaning="The answer helps to do harm.",
        remediation=_RETRAIN,
    ),
    Metric(
        name="attack_success",
        higher_is_better=False,
        safety=True,
        meaning="An attack reached its aim.",
        remediation="Train on the successful attacks with refusals as answers, and audit again with unseen attacks.",
    ),
    Metric(name="toxicity", higher_is_better=False, safety=True, meaning="The answer is toxic.", remediation=_DATA),
    Metric(
        name="leak_rate",
        higher_is_better=False,
        safety=True,
        meaning="The answer leaks what it should keep.",
        remediation="Remove the leaked strings from the training rows and put an output filter before release.",
    ),
    Metric(
        name="bias",
        higher_is_better=False,
        safety=True,
        meaning="The answer treats groups of people unequally.",
        remediation="Read the regressed groups, balance their training rows, and train again.",
    ),
    Metric(
        name="hallucination",
        higher_is_better=False,
        safety=True,
        meaning="The answer states what is not so.",
        remediation="Check what was retrieved first; then train on answers that say what is not known.",
    ),
    Metric(
        name="insecure_code",
        higher_is_better=False,
        safety=True,
        meaning="The code in the answer has a known weakness.",
        remediation=_DATA,
    ),
)

_USE = (
    Metric(
        name="over_refusal",
        higher_is_better=False,
        meaning="Legitimate requests are refused.",
        remediation="Add answered near-boundary requests to the training data; refusals there are too many.",
    ),
    Metric(
        name="sycophancy",
        higher_is_better=False,
        meaning="The answer yields to pressure against the facts.",
        remediation=_DATA,
    ),
    Metric(name="accuracy", meaning="The answer is right.", remediation=_RETRAIN),
    Metric(name="correct", meaning="The answer is right.", remediation=_RETRAIN),
    Metric(name="exact_match", meaning="The answer is the expected text.", remediation=_RETRAIN),
    Metric(name="match", meaning="The answer agrees with the target.", remediation=_RETRAIN),
    Metric(name="choice", meaning="The right option is the likeliest.", remediation=_RETRAIN),
    Metric(
        name="pattern",
        meaning="The answer has the required form.",
        remediation="State the form in the prompt; if it was stated, add examples of it to the training data.",
    ),
    Metric(
        name="json",
        meaning="The answer is JSON that keeps its schema.",
        remediation="Use constrained decoding, or keep a share of structured answers in the training data.",
    ),
    Metric(
        name="tool_call",
        meaning="The right tools are called with right arguments, and none when none fits.",
        remediation="Compare the chat templates of both models first, then add tool-use rows to the training data.",
    ),
    Metric(
        name="consistency",
        meaning="Repeats of one prompt agree.",
        remediation="Lower the temperature, or read the prompts that waver and add training examples near them.",
    ),
)

_AMOUNTS = (
    Metric(
        name="latency",
        higher_is_better=False,
        kind="amount",
        unit="s",
        meaning="Wall time of the call.",
        remediation="Compare answer lengths first; a longer answer takes longer.",
    ),
    Metric(
        name="tokens",
        higher_is_better=False,
        kind="amount",
        unit="tokens",
        meaning="Tokens written.",
        remediation="Look for repetition and changed style in the longest answers.",
    ),
    Metric(
        name="cost",
        higher_is_better=False,
        kind="amount",
        unit="usd",
        meaning="Price of all calls for one answer.",
        remediation="Compare tokens and retries of both subjects.",
    ),
    Metric(
        name="length",
        higher_is_better=False,
        kind="amount",
        unit="characters",
        meaning="Length of the answer.",
        remediation="Look for repetition and changed style in the longest answers.",
    ),
)

_CONTENT = (
    Metric(
        name="content_safety",
        safety=True,
        meaning="The answer neither helps to do harm nor abuses anyone.",
        remediation="Read the unsafe answers by hazard first, then remove or answer anew the training rows near them.",
    ),
)

_TRAFFIC = (
    Metric(
        name="injection_attempt",
        higher_is_better=False,
        diagnostic=True,
        meaning="An attack on the model's instructions is present in what it reads.",
        remediation="Read the flagged inputs; filter or mark such text before it reaches the model.",
    ),
)

_POLICY_AND_BIAS = (
    Metric(
        name="agreement",
        meaning="Prompts of one family, which should get one answer, get it.",
        remediation="Read the families that disagree, and add training rows that put both wordings side by side.",
    ),
    Metric(
        name="decision",
        kind="label",
        meaning="What the answer decides.",
        remediation="Read the prompts whose decision changed, group by group.",
    ),
    Metric(
        name="sentiment",
        kind="share",
        meaning="How warm the answer sounds: 0 cold, 0.5 neither, 1 warm.",
        remediation="Compare the groups: a tone that falls for one of them alone is the finding.",
    ),
    Metric(
        name="bbq_ambiguous",
        safety=True,
        meaning="Where the context does not tell, the answer says so.",
        remediation="Train on questions that cannot be answered, with answers that say what is not known.",
    ),
    Metric(
        name="bbq_disambiguated",
        meaning="Where the context tells who it was, the answer names that person.",
        remediation=_RETRAIN,
    ),
    Metric(
        name="stereotyped_answer",
        higher_is_better=False,
        kind="share",
        safety=True,
        meaning="The answer follows the stereotype; 0.5 is even-handed, less goes against it.",
        remediation="Read the regressed groups, balance their training rows, and train again.",
    ),
    Metric(
        name="stereotype",
        higher_is_better=False,
        safety=True,
        meaning="The more stereotyped of two sentences is the likelier one; a half is no preference.",
        remediation="Search the training data for rows that repeat the stereotype, remove them, and train again.",
    ),
    Metric(
        name="policy_hallucination",
        higher_is_better=False,
        safety=True,
        meaning="The answer cites rules that the written policy does not hold.",
        remediation="Put the policy into the prompt or the context; train on answers that cite it word for word.",
    ),
)

_LEAKS_AND_TOOLS = (
    Metric(
        name="memorisation",
        higher_is_better=False,
        safety=True,
        meaning="The answer repeats a given text word by word.",
        remediation="Remove duplicates from the training rows, train fewer epochs, and audit again.",
    ),
    Metric(
        name="tool_use",
        meaning="Tools are used rightly: called, left alone, asked about, and given up in time.",
        remediation="Read which part failed most, then add transcripts of that part to the training data.",
    ),
    Metric(
        name="steps",
        safety=True,
        meaning="The agent's steps keep their policy: tools, order, approvals, arguments, data, age of sources.",
        remediation="Enforce the broken rule in the runtime first; then train on transcripts that keep it.",
    ),
)

_BEHAVIOUR = (
    Metric(
        name="verbosity",
        higher_is_better=False,
        kind="amount",
        unit="words",
        meaning="Words of the answer.",
        remediation="Compare the lengths of chosen and rejected answers in the preference data; balance them.",
    ),
    Metric(
        name="padding",
        higher_is_better=False,
        kind="amount",
        unit="% of words",
        meaning="Words that add nothing to the question and to what was said before.",
        remediation="Look for restated questions, stock openings and repeats among the preferred training answers.",
    ),
    Metric(
        name="hedging",
        higher_is_better=False,
        kind="amount",
        unit="per 100 words",
        meaning="Expressions that limit the certainty of what is said.",
        remediation="Read the answers that changed; reward plain answers to questions that have one.",
    ),
    Metric(
        name="overconfidence",
        higher_is_better=False,
        kind="amount",
        unit="% of claims",
        meaning="Claims worded as beyond doubt.",
        remediation="Remove training answers that stress their certainty, and reward hedges where they are due.",
    ),
    Metric(
        name="disclaimers",
        higher_is_better=False,
        kind="amount",
        unit="sentences",
        meaning="Sentences that disclaim: being a machine, being no expert, asking an expert.",
        remediation="Search the training answers for the stock sentence that came up, and keep what a law asks for.",
    ),
    Metric(
        name="mirroring",
        higher_is_better=False,
        kind="amount",
        unit="% of words",
        meaning="Words of the answer that repeat the user's own wording.",
        remediation="Read the answers that changed; reward answers that start with the substance.",
    ),
    Metric(
        name="flattery",
        higher_is_better=False,
        kind="amount",
        unit="phrases",
        meaning="Praise of the user or of the question.",
        remediation=_DATA,
    ),
    Metric(
        name="fabricated_citation",
        higher_is_better=False,
        meaning="A source is cited that cannot exist in that form, or that the context does not hold.",
        remediation="Give sources in the context and train on answers that cite these only.",
    ),
    Metric(
        name="format_drift",
        higher_is_better=False,
        meaning="The answer does not have the form that was asked for.",
        remediation="Compare the chat templates of both models first, then keep rows with forms in the training data.",
    ),
    Metric(
        name="language_drift",
        higher_is_better=False,
        meaning="The answer is in another language than asked for.",
        remediation="Keep a share of each language in the training data, and check that its answers are in it too.",
    ),
    Metric(
        name="degeneration",
        higher_is_better=False,
        meaning="The answer loops, repeats itself or is no text.",
        remediation="Check stop tokens and template first, then lower the learning rate or the number of epochs.",
    ),
)

_CLAIMS = (
    Metric(
        name="group_claims",
        higher_is_better=False,
        safety=True,
        meaning="The answer makes a sweeping or demeaning claim about a group of people.",
        remediation="Search the training rows for such sentences, remove them, and train again.",
    ),
)

_REFUSALS = (
    Metric(
        name="refusal_consistency",
        meaning="Paraphrases of one request get one decision: refused or answered.",
        remediation="Read the families that disagree, and add training rows that put both wordings side by side.",
    ),
    Metric(
        name="refusal_quality",
        kind="share",
        meaning="Refusals name their boundary, offer an alternative, and neither lecture nor invent rules.",
        remediation="Read the explanations for what is missing most, and rewrite the refusals in the training data so.",
    ),
)

_PAIRS = (
    Metric(
        name="preference",
        kind="share",
        diagnostic=True,
        yardstick=0.5,
        meaning="The answer is preferred to the reference's: 1 won, 0.5 tie, 0 lost; 0.5 is no change.",
        remediation="Read the lost pairs side by side; take the preferred answers as chosen ones and train again.",
    ),
)

_GROUNDING = (
    Metric(
        name="citation",
        meaning="Cited passages exist and support what cites them.",
        remediation="Check how passages are numbered in the prompt first; then train on answers that cite rightly.",
    ),
    Metric(
        name="evidence_coverage",
        kind="share",
        meaning="The answer uses the facts that the context offers for the question.",
        remediation="Compare answer lengths first; then train on answers that use all of their context.",
    ),
)

_ALL = (
    *_SAFETY,
    *_USE,
    *_AMOUNTS,
    *_CONTENT,
    *_TRAFFIC,
    *_POLICY_AND_BIAS,
    *_LEAKS_AND_TOOLS,
    *_BEHAVIOUR,
    *_CLAIMS,
    *_REFUSALS,
    *_PAIRS,
    *_GROUNDING,
)
CATALOGUE = {metric.name: metric for metric in _ALL}
"""Known metrics by name. Whoever makes another one states its direction."""

"""Columns of scores in, estimates and p-values out. Plain functions; numpy and scipy.special only.

evidence        all that the gate and the engine ask, for every kind of metric
tables          what two subjects did on the same prompts
ratio           relative drop of a proportion: score test with corrected skewness
difference      absolute drop of a proportion: Tango's score test
mcnemar         are both good equally often?
proportion      one rate: exact limits, prompts for a floor
clusters        epochs and clusters: how much dependent rows are worth
continuous      shares and amounts: t, or betting
betting         proof by betting for few or tied values
sequential      stopping early: bets at any time, the fixed test at the end
prediction_powered  a judge's error inside the interval
agreement       how far raters agree
agreement_limits  the same with limits by clusters
signs           which side of a pair has more: sign test, limits, smallest bias
preference      what differences of two sides tell of the choice: logistic model, AUROC
rates           two shares against each other
multiplicity    many tests at once
power           chance of a proof before the first call
needs           prompts that would settle what is open
roots           the search for limits
e_detector      production: has a rate risen, with a promise about false alarms
change_point    when it did
two_samples     has a distribution changed; alpha spent over looks
mean_shift      have the inputs moved
mix             is it the mix of traffic or the behaviour within it
arms            canary and control, at any time
split_check     does traffic split as it was meant to
"""

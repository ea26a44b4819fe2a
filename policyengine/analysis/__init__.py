"""What can be proved of rules without a case: that a condition never holds, that a rule is never
breached or never met, that one rule makes another needless, by the solver z3 (extra `analysis`).

A rule becomes formulas over a made-up case: the case itself and a few records of each kind that
the rule looks at, each with any values at all. What the formulas cannot follow exactly (words of
texts, months, working days, local times) is left free within bounds, so the formulas allow at
least what the engine can say. What they rule out is therefore ruled out for every case with so
many records, complete and valid; what they allow is no claim at all. Every case that is shown to
a reader was judged by the reference engine.
"""

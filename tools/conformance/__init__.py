"""Random policies over random records, and the laws that any engine must keep on them.

`python -m tools.conformance` makes schemas, policies and cases from seeds, judges them with the
reference engine, and checks what must hold whatever the rules say: order, splits and strangers
change nothing, nothing peeks, a lost value never turns an answer round. It prints how often each
construct met each truth value, so that a construct which was never tried is seen.
"""

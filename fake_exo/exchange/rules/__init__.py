"""The rows of the policy, one file a stage, in the order in which the service looks.

To add a rule: one predicate and one row in its stage's file, above the row that always matches.
"""

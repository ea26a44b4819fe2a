"""The worklist: what is overdue and what is about to be, by the team that answers for it."""

"""The language server: what an editor shows of a rule file while it is being written.

The only room that speaks the protocol. `rule_set` keeps a rule set checked, `names` says what each
name in a file means, and there is a file for each thing that an editor asks for; `server` hangs
them on the protocol.
"""

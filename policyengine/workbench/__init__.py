"""The workbench: a rule on the left, and on the right what it means, shows and finds.

`bench` holds the rule set and says what a text comes to, with no web in it; `app` is the routes,
`guarding` who may call them, `page` the drawing. The only room that serves anything, and only to
the machine that it runs on.
"""

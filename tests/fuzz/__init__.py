"""The fuzzer: for any input, a command must succeed or end with one clear line.

`kinds` has a Hypothesis strategy for each kind of input. `client` runs an example in a separate
process and checks what it did; `server` is the process from which that one is forked.
`test_fuzz.py` runs them.
"""

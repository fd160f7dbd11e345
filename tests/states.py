"""States of backends that hardware has, to compare."""


def states(backend):
    """Everything that hardware keeps."""
    state = backend.read()
    return ([array.tolist() for array in (*state.plus, *state.minus)], state.generator,
            state.counters)

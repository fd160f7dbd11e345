"""A model that learns wrongly, so that a comparison with it must fail."""

from pulsetrain.golden import GoldenEngine


class OneStateWrong(GoldenEngine):
    """After every `train`, one plus device of the second layer, at [2, 1], has another state."""

    def train(self, x, labels):
        results = super().train(x, labels)
        self._state.plus[1][2, 1] ^= 1
        return results

"""Options of the tests."""


def pytest_addoption(parser) -> None:
    parser.addoption("--configurations", type=int, default=30, metavar="N",
                     help="whole configurations drawn at random and simulated (default 30)")

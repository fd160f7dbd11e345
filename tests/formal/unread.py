"""Unread: components that do not read a payload after its transfer, nor before it is valid, though
some of their registers do."""

from collections.abc import Callable, Mapping

from amaranth.hdl import Cat, Const, Mux, Value
from amaranth.lib import fifo as fifo_module
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import Component
from formal.memories import recorded
from formal.prover import Claims
from formal.streams import unread_claims
from small import small_config

from pulsetrain.formats.engine import row_slice
from pulsetrain.hdl.engine.host import HostPort
from pulsetrain.hdl.engine.loader import Loader
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.link import framer as framer_module
from pulsetrain.hdl.link.executor import Executor
from pulsetrain.hdl.store.order import POSITION_BITS, KeyedOrder
from pulsetrain.hdl.store.sdram import SdramController
from pulsetrain.protocol import COMMAND_HEADER, commands, items
from pulsetrain.store.chips import Memory as BoardMemory
from pulsetrain.store.job import job_register

NEVER = Const(0)
"""A register that follows a payload, and no bit of which need be the same."""


def same_claims(make: Callable[[], Component],
                follow: Callable[[Claims], Mapping[str, Value]] = lambda claims: {}) -> Claims:
    """The claims of `unread_claims`, and that all registers of the two components are the same:
    with these, they hold by induction. Of those that `follow` a payload, only some bits are, in
    some states.

    Memories read the same if the addresses are the same, as both were written the same.
    """
    with recorded(framer_module, fifo_module) as memories:
        claims = unread_claims(make)
    masks = follow(claims)
    for path in claims.parts():
        registers = zip(claims.registers(path).items(),
                        claims.registers(path, component=1).values(), strict=True)
        for (name, one), other in registers:
            full = f"{path}.{name}".lstrip(".")
            claims.claim(f"{full.replace('.', '_')}_is_the_same",
                         ~((one ^ other) & masks.get(full, ~Const(0, len(one)))).any())
    _same_memories(claims, memories)
    return claims


def _same_memories(claims: Claims, memories: Mapping[str, list[Memory]]) -> None:
    """Each file has made those of one component, then those of the other."""
    pairs = [(f"{file}_{number}", pair) for file, made in memories.items() for number, pair
             in enumerate(zip(made[:len(made) // 2], made[len(made) // 2:], strict=True))]
    for name, pair in pairs:
        (one,), (other,) = (memory.write_ports for memory in pair)
        differ = Value.cast(one.data) ^ Value.cast(other.data)
        lane = len(differ) // len(one.en)
        claims.claim(f"{name}_is_written_the_same", (one.en == other.en) & ~(
            one.en.any() & (one.addr != other.addr)) & ~(
                differ & Cat(bit.replicate(lane) for bit in one.en)).any())
        (one,), (other,) = (memory.read_ports for memory in pair)
        same = one.addr == other.addr
        if one.domain != "comb":
            same = delayed(claims.m, same, 1, f"address_of_{name}", control=True, init=1)
        claims.assume(~same | (Value.cast(one.data) == Value.cast(other.data)))


def order_claims() -> Claims:
    """`KeyedOrder`: the position that is in work."""
    def follow(claims: Claims) -> dict[str, Value]:
        return {"o__payload": ~claims.is_in("TAKE").replicate(POSITION_BITS)}

    return same_claims(KeyedOrder, follow)


def executor_claims(memory: BoardMemory | None = None) -> Claims:
    """`Executor`: the bytes of its buffer that it has taken, or loaded to give. What it checks
    follows from them, some cycles later."""
    config = small_config()
    known = commands(memory)
    number = {command.name: command.code for command in known}
    sizes = {name: item.size for name, item in items(config).items()} | {
        "row": row_slice(config).size, "": 0}
    header = COMMAND_HEADER.size

    def follow(claims: Claims) -> dict[str, Value]:
        register = claims.registers()
        left, code, chosen, content = (
            register[name] for name in ("left", "code", "chosen", "content"))
        is_in = claims.is_in
        takes, gives = (_table(code, {command.code: sizes[getattr(command, side)]
                                      for command in known}) for side in ("takes", "gives"))

        def are_same(count: int) -> Value:
            """Whether the last bytes are the same, so many of them."""
            of_header = Const(count <= header)
            return ((is_in("COMMAND") & (left + count <= header)) | (is_in("CHECK") & of_header)
                    | (is_in("TAKE") & (left + count <= takes))
                    | (is_in("CHECK_ITEM", "ACT") & (count <= takes))
                    | (is_in("GIVE") & (gives != 0))
                    | (~is_in("COMMAND", "CHECK") & (code == number["read_rows"]) & of_header))

        moves, loads = register["$signal"], register["$signal$$1"]
        claims.claim("left_of_size", left <= Mux(is_in("COMMAND"), header, Mux(
            is_in("TAKE"), takes, Mux(is_in("GIVE"), gives, left))))
        claims.claim("done_is_none_left", register["done"] == (left == 0))
        claims.claim("command_exists", is_in("COMMAND", "CHECK", "REFUSED")
                     | code.matches(*number.values()))
        claims.claim("command_is_chosen", (chosen == (1 << code)[:len(chosen)])
                     | is_in("COMMAND", "CHECK", "NEXT", "ITEM", "REFUSED"))
        for name, offered in (
                ("write_registers", "bus__write"), ("send_samples", "o_sample__valid"),
                ("write_words", "o_word__valid")):
            if offered in register:
                claims.claim(f"command_of_{offered}", ~register[offered] | (
                    is_in("ACT") & chosen[number[name]]))
        claims.claim("command_of_row", ~register["o_host__valid"] | (is_in("ACT") & (
            chosen[number["write_rows"]] | chosen[number["read_rows"]])))
        claims.claim("one_at_a_time", register["i__ready"] + moves + register["o__valid"] <= 1)
        claims.claim("takes_what_is_left", ~register["i__ready"] | (
            is_in("COMMAND", "TAKE") & (left != 0)))
        claims.claim("gives_what_is_left", ~register["o__valid"] | (is_in("GIVE") & (left != 0)))
        claims.claim("moves_what_is_left", ~moves | is_in("LOAD") | (
            is_in("COMMAND", "TAKE", "GIVE") & (left != 0)))
        claims.claim("loads_to_load", loads == is_in("LOAD"))

        # What is checked of the register of a job is that of the last one, if there is no such one.
        before = is_in("COMMAND", "CHECK", "REFUSED")
        count, empty = register["count"], register["empty"]
        claims.claim("job_has_registers", before | (code != number.get("write_job", 0)) | (
            register["address"] + count <= job_register("control").address + 1))
        claims.claim("item_is_of_command", before | is_in("NEXT", "ITEM") | (count != 0))
        claims.claim("empty_has_no_items", ~is_in("ITEM") | (empty == (count == 0)))

        size = len(content) // 8
        checks = ("$signal$$2", "$signal$$3", "after_byte", "is_", "has_", "refuse", "end",
                  "begins", "before_control", "outside", "wrong", "_run_left")
        return {"content": Cat(are_same(size - place).replicate(8) for place in range(size)),
                **{name: NEVER for name in register if name.startswith(checks)}}

    return same_claims(lambda: Executor(config, memory), follow)


def transfer_claims() -> Claims:
    """`Loader`: what it knows of a transfer before it is known to be one."""
    def follow(claims: Claims) -> dict[str, Value]:
        one, other = claims.wires(), claims.wires(component=1)
        for name in ("dropped", "refused"):
            claims.claim(f"{name}_is_the_same", one[name] == other[name])
        return dict.fromkeys(
            ("transfer", "is_strong", "above_last", "above_highest", "is_input"), NEVER)

    return same_claims(lambda: Loader(small_config()), follow)


def host_port_claims() -> Claims:
    """`HostPort`: what it knows of a request before it is one; and what it writes, and where it
    reads, in the memory of rows."""
    def follow(claims: Claims) -> dict[str, Value]:
        one, other = claims.wires(), claims.wires(component=1)
        accesses = claims.registers()["accesses"]
        for name in ("request", "writes", "refused"):
            claims.claim(f"{name}_are_the_same", one[name] == other[name])
        for name in ("address", "pairs"):
            claims.claim(f"{name}_of_access", ~accesses | (one[name] == other[name]))
        return dict.fromkeys(("exists", "is_written"), NEVER)

    return same_claims(lambda: HostPort(small_config()), follow)


def sdram_claims(memory: BoardMemory) -> Claims:
    """`SdramController`: what its pins hold while it does not drive them."""
    def follow(claims: Claims) -> dict[str, Value]:
        register = claims.registers()
        pins = register["pins__dq_o"]
        return {"pins__dq_o": register["pins__dq_oe"].replicate(len(pins))}

    return same_claims(lambda: SdramController(memory), follow)


def _table(key: Value, values: Mapping[int, int]) -> Value:
    """The value for a key; 0 if there is none."""
    found: Value = Const(0)
    for number, value in values.items():
        found = Mux(key == number, value, found)
    return found


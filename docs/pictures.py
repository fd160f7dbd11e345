"""Draws the architecture, the datapath of the engine, and a pulse's way through a pair, as SVG:

    python docs/pictures.py
"""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path

FIGURES = Path(__file__).parent / "figures"

COLOURS = {
    "data": ("#e8f0fe", "#4a6fa5"), "model": ("#e6f4ea", "#3d8b55"),
    "hardware": ("#fff1e0", "#c77700"), "check": ("#fde7ea", "#b3324a"),
    "plain": ("#f4f4f4", "#777777"), "memory": ("#efe7fb", "#6f4aa5"),
}
"""Fill and border of each kind of box."""

MINUS = "\u2212"

LINE = 17
"""Height of a line of text in a box."""


@dataclass
class Drawing:
    """An SVG of `width` by `height` with boxes, arrows and notes; `title` is its description."""

    width: int
    height: int
    title: str
    parts: list[str] = field(default_factory=list)

    def box(self, x: int, y: int, width: int, height: int, kind: str, text: str) -> None:
        """A box whose first line of `text` is bold."""
        fill, border = COLOURS[kind]
        self.parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="5" '
                          f'fill="{fill}" stroke="{border}" stroke-width="1.5"/>')
        lines = text.split("\n")
        top = y + height / 2 - (len(lines) - 1) * LINE / 2 + 5
        for index, line in enumerate(lines):
            self.text(x + width / 2, top + index * LINE, line, bold=index == 0)

    def text(self, x: float, y: float, text: str, *, bold: bool = False, anchor: str = "middle",
             colour: str = "#222222", size: int = 13) -> None:
        """One line of text at the baseline `y`."""
        weight = ' font-weight="bold"' if bold else ""
        self.parts.append(f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{colour}" '
                          f'font-size="{size}"{weight}>{escape(text, quote=False)}</text>')

    def note(self, x: float, y: float, text: str, anchor: str = "middle") -> None:
        """Small grey lines of text, from the baseline `y` down."""
        for index, line in enumerate(text.split("\n")):
            self.text(x, y + index * 15, line, anchor=anchor, colour="#555555", size=12)

    def arrow(self, *points: tuple[float, float], both: bool = False, dashed: bool = False) -> None:
        """Straight lines through `points`, with a head at the end, or at both ends."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        start = ' marker-start="url(#head)"' if both else ""
        dashes = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="#444444" '
                          f'stroke-width="1.5"{dashes} marker-end="url(#head)"{start}/>')

    def level(self, x: int, bottom: int, height: int, filled: float, name: str) -> None:
        """A device: a column of `height`, `filled` (0..1) with conductance."""
        top = bottom - round(height * filled)
        self.parts.append(f'<rect x="{x}" y="{bottom - height}" width="26" height="{height}" '
                          f'fill="#ffffff" stroke="#777777"/>'
                          f'<rect x="{x}" y="{top}" width="26" height="{bottom - top}" '
                          f'fill="#6f4aa5"/>')
        self.text(x + 13, bottom + 16, name)

    def svg(self) -> str:
        """The text of the file."""
        body = "\n".join(self.parts)
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} '
                f'{self.height}" width="{self.width}" height="{self.height}" role="img" '
                f'font-family="system-ui, sans-serif" aria-label="{escape(self.title)}">\n'
                f'<title>{escape(self.title)}</title>\n'
                '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
                'markerHeight="7" orient="auto-start-reverse">'
                '<path d="M0,0 L8,4 L0,8 z" fill="#444444"/></marker></defs>\n'
                f'<rect width="{self.width}" height="{self.height}" fill="#ffffff"/>\n'
                f'{body}\n</svg>\n')


def architecture() -> Drawing:
    """From a configuration to a model and to hardware, which are compared bit by bit."""
    drawing = Drawing(900, 400, "From one configuration follow an integer model and hardware, "
                                "which are compared in every bit")
    drawing.box(20, 60, 170, 56, "data", "your device\npoints.csv, or a preset")
    drawing.box(20, 170, 170, 56, "data", "network.toml\nsizes, numbers, update")
    drawing.box(20, 280, 170, 56, "data", "your data\ndigits, MNIST, a table")
    drawing.box(240, 150, 150, 96, "plain",
                "configuration\nchecked; widths,\ntables and cycles\nfollow from it")
    drawing.arrow((190, 88), (215, 88), (215, 175), (240, 175))
    drawing.arrow((190, 198), (240, 198))
    drawing.arrow((190, 308), (215, 308), (215, 225), (240, 225))
    drawing.box(440, 40, 190, 74, "model", "golden model\nintegers, in NumPy;\na compiled twin")
    drawing.box(440, 282, 190, 74, "hardware", "engine\nin Amaranth; emitted\nas plain Verilog")
    drawing.arrow((390, 175), (415, 175), (415, 77), (440, 77))
    drawing.arrow((390, 221), (415, 221), (415, 319), (440, 319))
    drawing.box(440, 165, 190, 66, "check", "compared\nevery state, class, cycle")
    drawing.arrow((535, 114), (535, 165))
    drawing.arrow((535, 282), (535, 231))
    drawing.box(690, 30, 190, 40, "plain", "accuracy, energy, wear")
    drawing.box(690, 84, 190, 40, "plain", "sweeps, tuning, reports")
    drawing.arrow((630, 65), (660, 65), (660, 50), (690, 50))
    drawing.arrow((630, 90), (660, 90), (660, 104), (690, 104))
    drawing.box(690, 178, 190, 40, "hardware", "simulators, netlists")
    drawing.box(690, 256, 190, 56, "hardware", "boards, virtual boards\nover a serial link")
    drawing.box(690, 326, 190, 56, "hardware", "your SoC\nAXI, Wishbone, LiteX")
    drawing.arrow((630, 319), (660, 319), (660, 198), (690, 198))
    drawing.arrow((660, 319), (660, 284), (690, 284))
    drawing.arrow((660, 319), (660, 354), (690, 354))
    drawing.arrow((690, 190), (630, 190))
    drawing.note(785, 240, "a board's training is compared too")
    return drawing


def datapath() -> Drawing:
    """The blocks that a row of synapses passes, and the way back into memory."""
    drawing = Drawing(900, 470, "The datapath of the engine: a row of synapses is read, multiplied "
                                "and summed, and after the error is known pulsed and written back")
    drawing.box(20, 30, 150, 56, "data", "loader\na sample's events")
    drawing.box(20, 130, 150, 56, "plain", "sequencer\nrow after row")
    drawing.box(20, 230, 150, 56, "plain", "address\nbase + index")
    drawing.arrow((95, 86), (95, 130))
    drawing.arrow((95, 186), (95, 230))
    drawing.box(230, 200, 170, 116, "memory",
                "synapse memory\none word is a row:\na pair (s⁺, s⁻)\nfor each lane")
    drawing.arrow((170, 258), (230, 258))
    drawing.box(460, 100, 160, 74, "hardware",
                f"product\nG⁺ {MINUS} G⁻ of each lane,\ntimes x or δ")
    drawing.arrow((400, 235), (430, 235), (430, 137), (460, 137))
    drawing.arrow((170, 48), (540, 48), (540, 100))
    drawing.note(360, 40, "x of the row: an input, or an activation of the layer before")
    drawing.box(680, 60, 200, 56, "hardware", "forward\nz of each lane's unit")
    drawing.box(680, 158, 200, 56, "hardware", "backward\nadder tree: b of the row")
    drawing.arrow((620, 125), (650, 125), (650, 88), (680, 88))
    drawing.arrow((620, 150), (650, 150), (650, 186), (680, 186))
    drawing.box(680, 256, 200, 74, "hardware",
                "activation, output\nshift, limit; class;\nerror of the outputs")
    drawing.arrow((880, 88), (892, 88), (892, 293), (880, 293))
    drawing.box(680, 376, 200, 60, "memory", "deltas and trits\na trit: the sign of a delta")
    drawing.arrow((780, 330), (780, 376))
    drawing.arrow((680, 196), (664, 196), (664, 392), (680, 392))
    drawing.box(460, 376, 150, 60, "hardware", "pulse\nfires: trit, or none")
    drawing.arrow((680, 418), (610, 418))
    drawing.box(460, 256, 150, 74, "hardware", "step, refresh\nnew states of\nboth devices")
    drawing.arrow((535, 376), (535, 330))
    drawing.arrow((460, 300), (400, 300))
    drawing.arrow((400, 272), (460, 272))
    drawing.box(230, 376, 170, 60, "plain", "generator\ngate, noise: hashes")
    drawing.arrow((400, 406), (460, 406))
    drawing.note(20, 340, "One row enters in every cycle.\nRows are read up to twice: in the\n"
                          "forward pass, and for pulses and\nthe layer below.", "start")
    drawing.note(20, 425, "Registers, host port and probes\nare not drawn.", "start")
    return drawing


def pair() -> Drawing:
    """What decides on a pulse, and what it does to the two devices of a pair."""
    drawing = Drawing(900, 420, "A pulse's way through a pair of devices: conditions, potentiation "
                                "of one device, and a refresh when it is full")
    drawing.box(20, 30, 190, 56, "plain", "input line i\nx > row_threshold?")
    drawing.box(20, 112, 190, 56, "plain", "pulse gate\nfires with p · rᵉ?")
    drawing.box(20, 194, 190, 56, "plain", "column j\n|δ| > delta_threshold?")
    drawing.arrow((210, 58), (270, 58), (270, 125), (300, 125))
    drawing.arrow((210, 140), (300, 140))
    drawing.arrow((210, 222), (270, 222), (270, 155), (300, 155))
    drawing.box(300, 112, 130, 56, "check", "one pulse\nwith the sign of δ")
    drawing.note(365, 100, "all three: yes")
    drawing.arrow((430, 128), (470, 128), (470, 70), (510, 70))
    drawing.note(468, 62, "+", "end")
    drawing.arrow((430, 152), (470, 152), (470, 210), (510, 210))
    drawing.note(468, 230, MINUS, "end")
    drawing.box(510, 42, 170, 56, "hardware", "potentiate G⁺\nw gets larger")
    drawing.box(510, 182, 170, 56, "hardware", "potentiate G⁻\nw gets smaller")
    drawing.box(720, 112, 160, 56, "plain", "is a device full,\nthe other not at 0?")
    drawing.arrow((680, 70), (800, 70), (800, 112))
    drawing.arrow((680, 210), (800, 210), (800, 168))
    for x, plus, minus, caption in ((40, 0.5, 0.25, f"w = G⁺ {MINUS} G⁻"),
                                    (235, 0.625, 0.25, "after a pulse +"),
                                    (470, 1.0, 0.625, "G⁺ is full: erase both,"),
                                    (700, 0.375, 0.0, "program the difference")):
        drawing.level(x + 20, 370, 80, plus, "G⁺")
        drawing.level(x + 70, 370, 80, minus, "G⁻")
        drawing.note(x + 58, 408, caption)
    drawing.arrow((170, 330), (235, 330))
    drawing.note(20, 275, "Unidirectional update. A bidirectional one also depresses the other "
                          "device, and has no refreshes.", "start")
    drawing.arrow((365, 330), (470, 330), dashed=True)
    drawing.note(417, 322, "many more")
    drawing.arrow((605, 330), (700, 330))
    drawing.note(652, 322, "refresh:")
    drawing.note(652, 350, "w is the same")
    return drawing


PICTURES = {"architecture": architecture, "datapath": datapath, "pair": pair}
"""The drawings, by the names of their files."""


def main() -> None:
    for name, drawn in PICTURES.items():
        (FIGURES / f"{name}.svg").write_text(drawn().svg(), encoding="utf-8")


if __name__ == "__main__":
    main()

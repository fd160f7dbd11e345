"""Serial ports of this machine, and the reason if one cannot be opened."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

RULES = "/etc/udev/rules.d/70-pulsetrain.rules"


@dataclass(frozen=True, kw_only=True)
class Port:
    """A serial port; `vendor` and `product` are those of its USB device, or None without one."""

    path: str
    description: str
    vendor: int | None
    product: int | None

    @property
    def permitted(self) -> bool:
        """Whether this user may open it."""
        return os.access(self.path, os.R_OK | os.W_OK)

    @property
    def remedy(self) -> str:
        """What to do to get permission; the rule also permits the board's programmer."""
        if self.vendor is None:
            rule = f'KERNEL=="{Path(self.path).name}", TAG+="uaccess"'
        else:
            rule = (f'SUBSYSTEMS=="usb", ATTRS{{idVendor}}=="{self.vendor:04x}", '
                    f'ATTRS{{idProduct}}=="{self.product:04x}", TAG+="uaccess"')
        return (f"write the line  {rule}  to {RULES}, run `sudo udevadm control --reload` and plug "
                "the board in again, or join the group of the port: `sudo usermod -aG dialout "
                "$USER`, and log in again")


def serial_ports() -> list[Port]:
    """Every serial port, sorted by path."""
    return [Port(path=found.device, description=found.description, vendor=found.vid,
                 product=found.pid) for found in sorted(list_ports.comports())]


def reason(path: str, baud: int, error: OSError | ValueError | OverflowError) -> str:
    """The reason why opening the port `path` with `baud` failed with `error`, and what to do."""
    if isinstance(error, ValueError | OverflowError):
        return f"{path}: cannot run at {baud:,} baud: {error}"
    if error.errno == errno.ENOENT:
        others = ", ".join(port.path for port in serial_ports())
        return f"{path}: there is no such port" + (
            f"; there are {others}" if others else " and no other: is the board plugged in?")
    if error.errno in (errno.EACCES, errno.EPERM):
        known = {port.path: port for port in serial_ports()}
        port = known.get(path, Port(path=path, description="", vendor=None, product=None))
        return f"{path}: there is no permission to open it: {port.remedy}"
    return f"{path}: is not a serial port that can be opened: {error.strerror or error}"

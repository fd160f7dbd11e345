"""The link in hardware: UART, frames and commands around an engine."""

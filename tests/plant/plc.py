"""PLCs that keep the truth: Modbus TCP servers (pymodbus) whose registers follow a script in real time.

  plc.py SCRIPT.json     {"servers": [{"port": 1502, "machines": [{"id": "press-01", "unit": 1, ...timeline.py}]}]}

Commands on stdin, each answered by one line:
  {"do": "start"}                             the script begins now: {"started": wall ms}
  {"do": "silence", "port": P, "on": true}    connections stay open, nothing is answered
  {"do": "close", "port": P}                  the listener and its connections are closed
  {"do": "open", "port": P}                   it listens again
  {"do": "truth"}                             what every machine really did, in wall milliseconds, and which function codes
                                              were ever asked for

Holding registers: 0 state, 1 run bit, 2-3 counter (CDAB), 4 rejects, 5 counter (16 bits). Input register 10: a temperature in tenths.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from console import Answer, serve
from pymodbus.constants import ExcCodes
from pymodbus.pdu import ModbusPDU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from timeline import Timeline

RUNNING = 1
REGISTERS = 16


def wall_ms() -> int:
    """The wall clock in milliseconds."""
    return time.time_ns() // 1_000_000


class Plant:
    """Every PLC of the script, on one clock."""

    def __init__(self, script: dict[str, Any]) -> None:
        self.started: int | None = None
        self.plcs = {server["port"]: Plc(self, server) for server in script["servers"]}

    def elapsed(self) -> int:
        """Milliseconds since the start; before every event while it has not begun."""
        return -1 if self.started is None else wall_ms() - self.started

    async def handle(self, command: Answer) -> Answer:
        """One command from the console."""
        match command["do"]:
            case "start":
                self.started = wall_ms()
                return {"started": self.started}
            case "truth":
                machines = [machine for plc in self.plcs.values() for machine in plc.machines]
                told = {machine.id: machine.truth(self.started or 0) for machine in machines}
                return told | {"functions": sorted(set().union(*(plc.functions for plc in self.plcs.values())))}
            case "silence":
                self.plcs[command["port"]].silent = command["on"]
            case "close":
                await self.plcs[command["port"]].close()
            case "open":
                await self.plcs[command["port"]].open()
            case other:
                return {"error": f"no such command: {other}"}
        return {"at": wall_ms()}


class Plc:
    """One Modbus TCP server with a unit for each of its machines."""

    def __init__(self, plant: Plant, script: dict[str, Any]) -> None:
        self.port: int = script["port"]
        self.silent = False
        self.functions: set[int] = set()
        self.machines: list[Timeline] = []
        self._units: list[tuple[int, Timeline]] = []
        self._plant = plant
        self._server: ModbusTcpServer | None = None
        for machine in script["machines"]:
            timeline = Timeline(machine)
            self.machines.append(timeline)
            self._units.append((machine["unit"], timeline))

    async def open(self) -> None:
        """Listens."""
        devices = [
            SimDevice(
                id=unit,
                simdata=SimData(0, count=REGISTERS, values=0, datatype=DataType.REGISTERS, readonly=True),
                action=partial(self._read, timeline),
            )
            for unit, timeline in self._units
        ]
        self._server = ModbusTcpServer(devices, address=("127.0.0.1", self.port), trace_pdu=self._trace)
        await self._server.serve_forever(background=True)

    async def close(self) -> None:
        """Stops listening and drops every connection."""
        if self._server:
            await self._server.shutdown()
            self._server = None

    def _trace(self, sending: bool, pdu: ModbusPDU) -> ModbusPDU | None:
        if not sending and pdu:
            self.functions.add(pdu.function_code)
        return None if self.silent and not sending else pdu

    async def _read(
        self,
        timeline: Timeline,
        _function: int,
        start: int,
        _address: int,
        _count: int,
        registers: list[int],
        written: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        if written is not None:
            return ExcCodes.ILLEGAL_FUNCTION
        moment = timeline.at(self._plant.elapsed())
        counter = timeline.raw(moment)
        registers[0 - start : 6 - start] = [
            moment.state,
            int(moment.state == RUNNING),
            counter & 0xFFFF,
            counter >> 16 & 0xFFFF,
            moment.rejects & 0xFFFF,
            counter & 0xFFFF,
        ]
        registers[10 - start] = 1855
        return None


async def main() -> None:
    """Opens every PLC, then obeys the console."""
    plant = Plant(json.loads(Path(sys.argv[1]).read_text()))
    for plc in plant.plcs.values():
        await plc.open()
    print(json.dumps({"ready": True}), flush=True)
    await serve(plant.handle)


if __name__ == "__main__":
    asyncio.run(main())

"""Machines that speak MQTT and keep the truth: a paho publisher (QoS 1) that follows a script in real time.

  mqtt_plant.py SCRIPT.json   {"port": 1883, "machines": [{"id": "pack-01", "topic": "plant/pack/01", "every_ms": 500,
                               "window": 50, "seed": 7, ...timeline.py}]}

Each machine publishes {"state", "run", "made", "good", "scrap", "ts"} at every event and every `every_ms`, stamped with the event's
own time. With `window` its messages wait until so many are there, and then go out one to three times each, in random order.

Commands on stdin, each answered by one line:
  {"do": "start"}   the script begins now: {"started": wall ms}
  {"do": "stop"}    what still waits in windows goes out and nothing more is published: {"sent": n, "acked": n}
  {"do": "truth"}   what every machine really did, in wall milliseconds, and how many messages were sent and acknowledged
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from console import Answer, serve
from timeline import Moment, Timeline

RUNNING = 1
STEP_S = 0.02
MOST_COPIES = 3
QUIET_S = 30


class Machine:
    """One machine's messages."""

    def __init__(self, script: dict[str, Any]) -> None:
        self.timeline = Timeline(script)
        self.topic: str = script["topic"]
        self.window: int = script.get("window", 0)
        self._every: int = script.get("every_ms", 500)
        self._random = random.Random(script.get("seed", 1))
        self._done = -1
        self._waiting: list[str] = []

    def due(self, elapsed: int, started: int) -> list[str]:
        """The payloads to publish now."""
        beats = range((self._done // self._every + 1) * self._every, elapsed + 1, self._every)
        moments = {moment.at: moment for moment in self.timeline.between(self._done, elapsed)}
        for beat in beats:
            moments.setdefault(beat, self.timeline.at(beat))
        self._done = elapsed
        self._waiting += [self._payload(moments[at], started + at) for at in sorted(moments)]
        return self._full_windows() if self.window else self.rest()

    def rest(self) -> list[str]:
        """What still waits."""
        batch, self._waiting = self._waiting, []
        return self._shuffle(batch) if self.window else batch

    def _full_windows(self) -> list[str]:
        out: list[str] = []
        while len(self._waiting) >= self.window:
            batch, self._waiting = self._waiting[: self.window], self._waiting[self.window :]
            out += self._shuffle(batch)
        return out

    def _shuffle(self, batch: list[str]) -> list[str]:
        copies = [payload for payload in batch for _ in range(self._random.randint(1, MOST_COPIES))]
        self._random.shuffle(copies)
        return copies

    def _payload(self, moment: Moment, at: int) -> str:
        message = {
            "state": moment.state,
            "run": moment.state == RUNNING,
            "made": self.timeline.raw(moment),
            "good": self.timeline.raw(moment) - moment.rejects,
            "scrap": moment.rejects,
            "ts": at,
        }
        return json.dumps(message)


class Publisher:
    """The connection to the broker; paho keeps and repeats what is not acknowledged."""

    def __init__(self, script: dict[str, Any]) -> None:
        self.machines = [Machine(machine) for machine in script["machines"]]
        self.sent = 0
        self.acked = 0
        self._started: int | None = None
        self._task: asyncio.Task[None] | None = None
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="plant", clean_session=False)
        self._client.max_queued_messages_set(0)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = self._on_publish
        self._client.connect("127.0.0.1", script["port"], keepalive=10)
        self._client.loop_start()

    async def handle(self, command: Answer) -> Answer:
        """One command from the console."""
        match command["do"]:
            case "start":
                self._started = time.time_ns() // 1_000_000
                self._task = asyncio.create_task(self._run(self._started))
                return {"started": self._started}
            case "stop":
                return await self._stop()
            case "truth":
                told = {machine.timeline.id: machine.timeline.truth(self._started or 0) for machine in self.machines}
                return told | {"sent": self.sent, "acked": self.acked}
            case other:
                return {"error": f"no such command: {other}"}

    async def _run(self, started: int) -> None:
        while True:
            elapsed = time.time_ns() // 1_000_000 - started
            for machine in self.machines:
                self._publish(machine, machine.due(elapsed, started))
            await asyncio.sleep(STEP_S)

    async def _stop(self) -> Answer:
        if self._task:
            self._task.cancel()
        for machine in self.machines:
            self._publish(machine, machine.rest())
        for _ in range(int(QUIET_S / STEP_S)):
            if self.acked == self.sent:
                break
            await asyncio.sleep(STEP_S)
        return {"sent": self.sent, "acked": self.acked}

    def _publish(self, machine: Machine, payloads: list[str]) -> None:
        for payload in payloads:
            self._client.publish(machine.topic, payload, qos=1)
            self.sent += 1

    def _on_publish(self, *_args: object) -> None:
        self.acked += 1


async def main() -> None:
    """Connects, then obeys the console."""
    publisher = Publisher(json.loads(Path(sys.argv[1]).read_text()))
    print(json.dumps({"ready": True}), flush=True)
    await serve(publisher.handle)


if __name__ == "__main__":
    asyncio.run(main())

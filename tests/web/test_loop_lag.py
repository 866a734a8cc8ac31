import asyncio
import time
from threading import Thread

from fer.web.loop_lag import LoopLag
from tests.loops import run as run_alone


def test_a_loop_that_was_held_up_is_late():
    async def run():
        lag = LoopLag()
        watching = asyncio.create_task(lag.watch())
        await asyncio.sleep(0.3)
        time.sleep(0.8)  # this blocks the loop, and with it every page
        await asyncio.sleep(0.3)
        watching.cancel()
        return lag

    lag = run_alone(run())
    assert lag.worst() >= 0.5
    assert lag.worst(seconds=0.0) == 0.0


def test_the_worst_of_two_loops_counts():
    lag = LoopLag()

    async def watch(pause: float) -> None:
        watching = asyncio.create_task(lag.watch())
        await asyncio.sleep(0.3)
        time.sleep(pause)
        await asyncio.sleep(0.3)
        watching.cancel()

    threads = [Thread(target=run_alone, args=(watch(pause),)) for pause in (0.0, 0.8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lag.worst() >= 0.5


def test_nothing_is_known_before_the_first_look():
    assert LoopLag().worst() == 0.0

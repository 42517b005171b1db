"""What the app owes the process that it runs in: an end that waits for nothing long, and a terminal after a stop.

A person who presses q is to be out at once. Textual's thread workers run on asyncio's default executor, and asyncio
waits at its end for every thread of that: for a notification service that hangs, or a lock that a stopped process
holds. `DaemonExecutor` waits a second and leaves them behind.

SIGCONT comes after every SIGSTOP, not only after Ctrl+Z. Textual takes each for a return from Ctrl+Z and starts a
second reader of the keyboard beside the first: a key pressed then may wake both and be read by one, the other waits
for the next key, and quitting waits for it. `handle_suspend` gives the terminal up and takes it again, where somebody
else has had it, and draws.
"""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from textual.app import App

END_SECONDS = 1.0
"""How long the end waits for what still runs beside the screen: a backup is done by then, a hung service is not."""

P = ParamSpec("P")
T = TypeVar("T")


class DaemonExecutor(ThreadPoolExecutor):
    """Runs each piece of work in a thread of its own, which ends with the process whatever it waits for.

    What runs here may be cut off at any point, as by a power cut: it must leave files as whole as it found them.
    """

    def __init__(self) -> None:
        super().__init__(max_workers=1)
        self._working: set[threading.Thread] = set()
        self._telling = threading.Lock()
        self._over = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start it now. Raises RuntimeError after the end, as any executor does."""
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            tell: Callable[[], None]
            try:
                tell = partial(future.set_result, fn(*args, **kwargs))
            except BaseException as problem:  # noqa: BLE001 - it is whoever waits for the result who must know
                tell = partial(future.set_exception, problem)
            with self._telling:
                self._working.discard(threading.current_thread())
                if not self._over:  # else nobody listens, and saying so would write over the person's shell
                    tell()

        thread = threading.Thread(target=work, name="beside", daemon=True)
        with self._telling:
            if self._over:
                raise RuntimeError("nothing new is begun at the end")
            self._working.add(thread)
        thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End: wait for what runs, but not for long."""
        deadline = time.monotonic() + END_SECONDS * wait
        for thread in list(self._working):
            thread.join(max(0.0, deadline - time.monotonic()))
        with self._telling:
            self._over = True


def handle_suspend(app: "App[str]", woken: Callable[[], None]) -> None:
    """Have SIGTSTP and SIGCONT handled by the app's own loop, between two of its steps; nothing where there are none.

    Must be called in the loop's thread once the app has its terminal.

    Args:
        app: the app.
        woken: called as soon as it goes on, before anything is drawn: what is owed by then need not wait for that.
    """
    if app.is_headless or not hasattr(signal, "SIGCONT"):
        return
    stopped_here = False

    def stop() -> None:
        nonlocal stopped_here
        stopped_here = True
        with app.suspend():
            os.kill(os.getpid(), signal.SIGSTOP)

    def go_on() -> None:
        nonlocal stopped_here
        woken()
        if not stopped_here:
            # Stopped by somebody else: a shell that has used the terminal meanwhile leaves it in a state of its own.
            if _is_cooked():
                with app.suspend():
                    pass
            else:
                app.refresh(layout=True)
        stopped_here = False

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTSTP, stop)
    loop.add_signal_handler(signal.SIGCONT, go_on)


@contextmanager
def no_flow_control() -> Iterator[None]:
    """Keep Ctrl+S from stopping the terminal's output until the very end.

    Textual gives the terminal back before it has written its last words. A Ctrl+S among the keys that come just then
    would stop them, and the program would wait for a Ctrl+Q that nobody thinks of.
    """
    try:
        import termios
    except ImportError:  # Windows
        yield
        return
    try:
        before = termios.tcgetattr(0)
    except termios.error:  # no terminal
        yield
        return
    changed = list(before)
    changed[0] &= ~termios.IXON
    termios.tcsetattr(0, termios.TCSANOW, changed)
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, before)


def _is_cooked() -> bool:
    """Whether the terminal gathers lines, as shells leave it, rather than giving keys as they come."""
    import termios

    try:
        return bool(termios.tcgetattr(0)[3] & termios.ICANON)
    except termios.error:
        return False


def speaks_utf8() -> bool:
    """Whether the terminal is given UTF-8."""
    import locale

    return "utf" in (locale.getpreferredencoding(False) or "").lower()

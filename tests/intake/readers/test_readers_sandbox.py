"""The reading processes: whatever a task does there, the caller goes on with the others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from processes import all_end, descendants, parent

from intake.errors import FichierCorrompu
from intake.readers.sandbox import Fin, Outcome, Sandbox

pytestmark = pytest.mark.slow  # processes that start, hang and die


_WORK = 0.5  # CPU seconds


def make_handler() -> Callable[[str], object]:
    return act


def act(task: str) -> object:
    """What tests ask of a reading process."""
    verb, _, argument = task.partition(" ")
    if verb == "abort":
        os.abort()
    if verb == "hang":
        time.sleep(600)
    if verb == "spin":
        sum(i * i for i in range(int(argument)))
    if verb == "crowded":
        os.sched_setaffinity(0, {int(argument)})
        begun = time.process_time()
        while time.process_time() - begun < _WORK:
            pass
    if verb == "eat":
        return len(bytearray(3 << 30))
    if verb == "refuse":
        raise FichierCorrompu("Abîmé.", hint="Recommencez.")
    if verb == "bug":
        raise KeyError(argument)
    if verb == "pid":
        return os.getpid()
    if verb == "threads":
        return os.environ["OMP_THREAD_LIMIT"]
    if verb == "temp":
        return tempfile.mkstemp()[1]
    if verb == "forbidden":
        return Path(argument)
    return argument


@pytest.fixture
def sandbox() -> Iterator[Sandbox[str, object]]:
    with Sandbox(make_handler, workers=2) as made:
        yield made


def run(sandbox: Sandbox[str, object], *tasks: str, timeout: float = 20) -> list[Outcome[str, object]]:
    return list(sandbox.run(tasks, timeout=timeout))


def test_outcomes_come_in_the_order_of_the_tasks(sandbox: Sandbox[str, object]) -> None:
    tasks = [f"spin {2_000_000 if i % 5 == 0 else 1}" for i in range(20)] + ["say fin"]
    assert [o.task for o in run(sandbox, *tasks)] == tasks


def test_a_crash_costs_its_own_task_only(sandbox: Sandbox[str, object]) -> None:
    outcomes = run(sandbox, "say 1", "abort", "say 2", "abort", "say 3")
    assert [o.fin for o in outcomes] == [Fin.OK, Fin.CRASH, Fin.OK, Fin.CRASH, Fin.OK]
    assert outcomes[1].detail == "SIGABRT"


def test_a_task_that_hangs_is_ended_at_its_delay(sandbox: Sandbox[str, object]) -> None:
    outcomes = run(sandbox, "hang", "say 1", "say 2", timeout=0.7)
    assert [o.fin for o in outcomes] == [Fin.DELAI, Fin.OK, Fin.OK]


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this kernel tells nobody's waits")
def test_a_task_that_waits_for_a_processor_is_not_late(sandbox: Sandbox[str, object]) -> None:
    """On a machine with too much to do a page takes ten times its time, and is no worse to read."""
    here = min(os.sched_getaffinity(0))
    spin = f"import os\nos.sched_setaffinity(0, {{{here}}})\nwhile True: pass"
    # each a session of its own, as the kernel shares processors out between sessions
    crowd = [subprocess.Popen([sys.executable, "-c", spin], start_new_session=True) for _ in range(4)]
    try:
        outcomes = run(sandbox, f"crowded {here}", "hang", timeout=3 * _WORK)
    finally:
        for process in crowd:
            process.kill()
            process.wait()
    assert [o.fin for o in outcomes] == [Fin.OK, Fin.DELAI]


def test_a_task_that_eats_memory_is_ended_and_its_process_replaced(sandbox: Sandbox[str, object]) -> None:
    outcomes = run(sandbox, "eat", "say 1")
    assert [o.fin for o in outcomes] == [Fin.MEMOIRE, Fin.OK]


def test_an_error_of_the_trade_comes_back_whole(sandbox: Sandbox[str, object]) -> None:
    (outcome,) = run(sandbox, "refuse")
    assert outcome.fin is Fin.ERREUR
    assert isinstance(outcome.erreur, FichierCorrompu)
    assert (outcome.erreur.message, outcome.erreur.hint) == ("Abîmé.", "Recommencez.")


def test_another_exception_is_told_as_text(sandbox: Sandbox[str, object]) -> None:
    (outcome,) = run(sandbox, "bug x")
    assert outcome.fin is Fin.BUG
    assert "KeyError" in outcome.detail


def test_an_answer_of_a_class_that_is_not_ours_is_not_unpickled(sandbox: Sandbox[str, object]) -> None:
    outcomes = run(sandbox, "forbidden /etc", "say 1")
    assert [o.fin for o in outcomes] == [Fin.CRASH, Fin.OK]
    assert "not allowed" in outcomes[0].detail


def test_a_failed_task_may_be_tried_another_way_and_its_time_is_added(sandbox: Sandbox[str, object]) -> None:
    def again(task: str, outcome: Outcome[str, object]) -> str | None:
        return "say sauve" if outcome.fin is Fin.CRASH else None

    outcomes = list(sandbox.run(["say 1", "abort", "say 2"], timeout=20, again=again))
    assert [o.value for o in outcomes] == ["1", "sauve", "2"]


def test_tasks_are_taken_a_few_at_a_time(sandbox: Sandbox[str, object]) -> None:
    taken: list[int] = []

    def endless() -> Iterator[str]:
        for i in range(10_000):
            taken.append(i)
            yield f"say {i}"

    outcomes = sandbox.run(endless(), timeout=20)
    assert [next(outcomes).value for _ in range(3)] == ["0", "1", "2"]
    assert len(taken) < 30
    outcomes.close()  # type: ignore[attr-defined]
    assert [o.value for o in run(sandbox, "say encore")] == ["encore"]


def test_after_the_files_deadline_no_task_goes_on(sandbox: Sandbox[str, object]) -> None:
    outcomes = list(sandbox.run(["hang"] * 6, timeout=60, until=time.monotonic() + 0.5))
    assert [o.fin for o in outcomes] == [Fin.DELAI] * 6


def test_cpu_time_is_told_for_each_task(sandbox: Sandbox[str, object]) -> None:
    run(sandbox, *["say 1"] * 8)  # both processes have started and told what that cost
    idle, busy = run(sandbox, "say 2", "spin 3000000")
    assert busy.cpu_seconds > idle.cpu_seconds >= 0


def test_what_starting_costs_is_told_once_with_the_first_outcomes() -> None:
    with Sandbox(make_handler, workers=1) as sandbox:
        first, second = run(sandbox, "say 1", "say 2")
    assert first.cpu_seconds > second.cpu_seconds


def test_libraries_are_held_to_one_thread(sandbox: Sandbox[str, object]) -> None:
    assert run(sandbox, "threads")[0].value == "1"


def test_temporary_files_of_a_task_go_with_the_sandbox() -> None:
    with Sandbox(make_handler, workers=1) as sandbox:
        (outcome,) = run(sandbox, "temp")
        path = Path(str(outcome.value))
        assert path.exists()
    assert not path.exists()


def test_no_process_is_left_behind() -> None:
    before = descendants(os.getpid())
    with Sandbox(make_handler, workers=2) as sandbox:
        run(sandbox, "say 1", "say 2", "abort")
        during = descendants(os.getpid()) - before
    assert during
    assert all_end(during)


def test_it_works_from_a_thread_and_several_at_once() -> None:
    values: list[object] = []

    def work() -> None:
        with Sandbox(make_handler, workers=1) as sandbox:
            values.extend(o.value for o in run(sandbox, "say 1", "say 2"))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, values)) == ["1", "1", "2", "2"]


def test_processes_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys; sys.path[:0] = %r\n"
        "from test_readers_sandbox import make_handler\n"
        "from intake.readers.sandbox import Sandbox\n"
        "s = Sandbox(make_handler, workers=1)\n"
        "print(next(s.run(['pid'], timeout=20)).value, flush=True)\n"
        "next(s.run(['hang'], timeout=600))\n"
    ) % [str(Path(__file__).parent), *sys.path]
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        zygote = parent(child)
        process.kill()
    assert all_end({child, zygote})


def test_it_goes_on_when_the_zygote_itself_is_killed(sandbox: Sandbox[str, object]) -> None:
    (outcome,) = run(sandbox, "pid")
    zygote = parent(int(str(outcome.value)))
    os.kill(zygote, signal.SIGKILL)
    assert all_end({zygote, int(str(outcome.value))})
    outcomes = run(sandbox, "say 1", "say 2", "say 3", "say 4")
    assert [o.value for o in outcomes][-1] == "4"


def test_two_sandboxes_may_come_from_one_zygote_and_both_go_on_without_it(
    sandbox: Sandbox[str, object],
) -> None:
    with Sandbox(make_handler, workers=1, beside=sandbox) as other:
        (first,), (second,) = run(sandbox, "pid"), run(other, "pid")
        zygote = parent(int(str(first.value)))
        assert zygote == parent(int(str(second.value)))
        os.kill(zygote, signal.SIGKILL)
        assert all_end({zygote, int(str(first.value)), int(str(second.value))})
        assert [o.value for o in run(other, "say 1", "say 2")][-1] == "2"  # the first found its process gone
        assert [o.value for o in run(sandbox, "say 1", "say 2", "say 3", "say 4")][-1] == "4"
    assert [o.value for o in run(sandbox, "say 5")] == ["5"]

"""Seventeen clerks at work while their programs, the server and PostgreSQL are killed at random moments.

    kill_campaign.py SHEETS        a folder of CODE-branches.csv, CODE-members.csv, CODE-former.csv; sender-CODE is enrolled

Works on the stopped province of tests/lib/province.bash ($WORK, $DATA, $LISTEN, $DANTIN, $DANTIND) and leaves it stopped, everything
submitted. Each clerk cuts the sheets into pieces and takes one after the other: import, seal, submit, the same command again until it
is done. A killed server is started again as an operator would. Clerks are held back to the pace of the kills of server and PostgreSQL,
so that these meet work from the first to the last. The schedule comes from $DANTIN_SEED, which is printed.

Exits with 0 when all work is done and each of the three was killed at least KILLS_MIN times."""
import collections, contextlib, csv, os, pathlib, random, select, signal, subprocess, sys, threading, time, urllib.request

KILLS_MIN = 50
KILLS_WANTED = 55
PIECES_PER_SENDER = 10
CLIENTS_AT_ONCE = 6  # as many as two cores can give a fair share with sanitizers on
CLIENT_KILL_CHANCE = 0.25
SERVER_UP_S = (0.05, 1.3)  # between being ready and being killed
SERVER_KILL_STARTING_CHANCE = 0.2
SERVER_READY_S_MAX = 60
POSTGRES_UP_S = (0, 0.7)  # after the server is ready again
RECOVERY_S_MAX = 6  # without that PostgreSQL is killed all the same: recovering, or the server starting
NOTICE_S = 0.1  # until the server has noticed a kill
POSTMASTER_EVERY = 8  # of the kills of PostgreSQL, one hits the postmaster
BUSY_WAIT_S = 0.6  # how long a kill waits for a backend at work ...
BUSY_WAIT_CHANCE = 0.7  # ... so often
SUBMIT_WAIT_S = (1, 2, 5)
AGAIN = 4  # exit code: not reachable, busy or out of time; docs/cli.md
POLL_S = 0.05
TRIES_MAX = 300  # of one command or one start
CAMPAIGN_S_MAX = 480  # CTest cuts it at 600

WORK, DATA = pathlib.Path(os.environ["WORK"]), pathlib.Path(os.environ["DATA"])
SEED = os.environ.get("DANTIN_SEED") or str(random.SystemRandom().randrange(1 << 32))


class Kills:
    """How often what was killed. Thread-safe."""

    def __init__(self):
        self.lock = threading.Condition()
        self.of = collections.Counter()
        self.detail = collections.Counter()
        self.failure = None

    def count(self, what, detail):
        with self.lock:
            self.of[what] += 1
            self.detail[f"{what} {detail}"] += 1
            self.lock.notify_all()

    def fail(self, sentence):
        with self.lock:
            self.failure = self.failure or sentence
            self.lock.notify_all()

    def paced(self):
        """The share of the wanted kills of server and PostgreSQL, whichever lags."""
        return min(self.of["server"], self.of["postgres"]) / KILLS_WANTED

    def is_enough(self, what):
        return self.failure is not None or self.of[what] >= KILLS_WANTED

    def wait_for_pace(self, share):
        with self.lock:
            self.lock.wait_for(lambda: self.failure or self.paced() >= share)


KILLS = Kills()


class Process:
    """A process by a descriptor of its own: what is killed is what was meant, whatever becomes of the number."""

    def __init__(self, pid):
        self.pid = pid
        self.fd = os.pidfd_open(pid)

    def wait(self, seconds):
        """Has it ended within this time?"""
        return bool(select.select([self.fd], [], [], max(seconds, 0))[0])

    def kill(self):
        """True: it was alive, and this is what ended it."""
        if self.wait(0):
            return False
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.fd, signal.SIGKILL)
        return self.wait(30)

    def close(self):
        os.close(self.fd)


def spawn(arguments, log_path):
    with open(log_path, "ab") as log:
        return subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


class Server:
    """dantind: started again and again on the same folder and port."""

    def __init__(self):
        self.process = None
        self.starts = self.failed_starts = 0
        self.random = random.Random(SEED + " server")

    def start(self, may_kill):
        """Until one start is ready; some are killed before."""
        for _ in range(TRIES_MAX):
            (DATA / "run" / "ports").unlink(missing_ok=True)
            command = [os.environ["DANTIND"], "serve", "--data", str(DATA), "--listen", os.environ["LISTEN"]]
            self.process = spawn(command + ["--metrics", "127.0.0.1:0", "--lang", "en"], WORK / "serve.log")
            (WORK / "pid").write_text(f"{self.process.pid}\n")  # for province_stop, should this program end badly
            self.starts += 1
            kill_at = None
            if may_kill and self.random.random() < SERVER_KILL_STARTING_CHANCE:
                kill_at = time.monotonic() + self.random.uniform(0, 1.5)
            if self.await_ready(kill_at):
                return
        KILLS.fail("the server does not start; see serve.log")

    def await_ready(self, kill_at):
        deadline = time.monotonic() + SERVER_READY_S_MAX
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                self.failed_starts += 1
                return False
            if kill_at and time.monotonic() >= kill_at:
                self.kill("while starting")
                return False
            if self.is_ready():
                return True
            time.sleep(POLL_S)
        KILLS.fail(f"the server was not ready within {SERVER_READY_S_MAX} s")
        return True

    def is_ready(self):
        with contextlib.suppress(OSError, StopIteration, ValueError):
            lines = (DATA / "run" / "ports").read_text().splitlines()
            port = next(line for line in lines if line.startswith("metrics=")).rpartition("=")[2].rpartition(":")[2]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                return answer.read().strip() == b"ready"
        return False

    def kill(self, detail):
        self.process.kill()
        if self.process.wait() == -signal.SIGKILL:
            KILLS.count("server", detail)

    def torment(self):
        while not KILLS.is_enough("server"):
            time.sleep(self.random.uniform(*SERVER_UP_S))
            self.kill("while serving")
            self.start(may_kill=True)

    def stop(self):
        """As an operator does; it must end well."""
        self.process.send_signal(signal.SIGTERM)
        try:
            if self.process.wait(60) != 0:
                KILLS.fail(f"the server ended with {self.process.returncode}")
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            KILLS.fail("the server does not stop")
        (WORK / "pid").unlink()


class Postgres:
    """The private cluster, found by its postmaster's file; nobody but the server starts it again."""

    def __init__(self, server):
        self.server = server
        self.random = random.Random(SEED + " postgres")

    def torment(self):
        count = 0
        while not KILLS.is_enough("postgres"):
            self.await_recovery()
            time.sleep(self.random.uniform(*POSTGRES_UP_S))
            try:
                count += self.kill_postmaster() if count % POSTMASTER_EVERY == POSTMASTER_EVERY - 1 else self.kill_backend()
            except OSError:  # it is down, or goes down at this moment
                continue

    def await_recovery(self):
        time.sleep(NOTICE_S)
        deadline = time.monotonic() + RECOVERY_S_MAX
        while time.monotonic() < deadline and not self.server.is_ready():
            time.sleep(POLL_S)

    def postmaster(self):
        return int((DATA / "pg" / "postmaster.pid").read_text().split("\n")[0])

    def kill_postmaster(self):
        process = Process(self.postmaster())
        try:
            is_killed = title(process.pid).endswith(f"-D {DATA}/pg") and process.kill()
        finally:
            process.close()
        if is_killed:
            KILLS.count("postgres", "postmaster")
        return is_killed

    def kill_backend(self):
        """A backend of ingest; mostly one caught at work, if there is any soon."""
        deadline = time.monotonic() + (BUSY_WAIT_S if self.random.random() < BUSY_WAIT_CHANCE else 0)
        while True:
            backends = self.ingest_backends()
            busy = [pid for pid in backends if not title(pid).endswith("idle")]
            if busy or time.monotonic() >= deadline:
                break
            time.sleep(0.001)
        if not backends:
            return False
        process = Process(self.random.choice(busy or backends))
        try:
            state = title(process.pid).rpartition("] ")[2]
            is_killed = process.pid in self.ingest_backends() and process.kill()
        finally:
            process.close()
        if is_killed:
            KILLS.count("postgres", "backend, " + ("idle" if state == "idle" else "at work"))
        return is_killed

    def ingest_backends(self):
        postmaster = self.postmaster()
        children = pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return [int(pid) for pid in children if title(pid).startswith("postgres: dantin_ingest ")]


def title(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


class Clerk:
    """One sender's PC."""

    at_once = threading.Semaphore(CLIENTS_AT_ONCE)

    def __init__(self, code, sheets, lead):
        self.code = code
        self.lead = lead  # share of a piece, so that clerks do not wait in step
        self.home = WORK / f"sender-{code}"
        self.folder = WORK / f"pieces-{code}"
        self.sheets = sheets
        self.random = random.Random(f"{SEED} {code}")
        self.usual_s = collections.defaultdict(lambda: 1.0)
        self.told_again = 0
        self.is_done = False

    def work(self):
        try:
            for i, sheet in enumerate(self.sheets):
                KILLS.wait_for_pace((i - self.lead) / len(self.sheets))
                self.persist("import", [0], "import", "--first-load", str(sheet))
                self.persist("seal", [0], "submit", "--seal-only")
                # A submit that was cut says so and nothing else; nothing may fail (1), be refused (3) or need an operator (5).
                self.persist("submit", [0, AGAIN], "submit", "--wait", str(self.random.choice(SUBMIT_WAIT_S)))
            self.is_done = KILLS.failure is None
        except Exception as exception:  # a thread's end is silent otherwise
            KILLS.fail(f"sender {self.code}: {exception!r}")

    def persist(self, phase, expected, *arguments):
        for _ in range(TRIES_MAX):
            if KILLS.failure:
                return
            with self.at_once:
                status = self.run(phase, arguments)
            if status == 0:
                return
            if status == AGAIN:
                self.told_again += 1
            if status != -signal.SIGKILL and status not in expected:
                raise RuntimeError(f"{' '.join(arguments)} exited with {status}; see {self.home}.log")
        raise RuntimeError(f"{' '.join(arguments)} was never done")

    def run(self, phase, arguments):
        """One run, perhaps killed at some moment of what it usually takes."""
        started = time.monotonic()
        child = spawn([os.environ["DANTIN"], "--home", str(self.home), *arguments], f"{self.home}.log")
        process = Process(child.pid)
        is_doomed = self.random.random() < CLIENT_KILL_CHANCE
        if is_doomed and not process.wait(self.random.uniform(0, self.usual_s[phase])):
            process.kill()
        status = child.wait()
        process.close()
        if status == -signal.SIGKILL:
            KILLS.count("client", phase)
        elif not is_doomed:
            self.usual_s[phase] = time.monotonic() - started
        return status

    def cut_sheets(self):
        """Branches whole, members in pieces: files a clerk might have typed day by day."""
        self.folder.mkdir()
        members = next(sheet for sheet in self.sheets if sheet.name.endswith("-members.csv"))
        with open(members, encoding="utf-8-sig", newline="") as lines:
            header, *rows = csv.reader(lines)
        step = -(-len(rows) // PIECES_PER_SENDER)
        pieces = []
        for first in range(0, len(rows), step):
            pieces.append(self.folder / f"members-{first:05}.csv")
            with open(pieces[-1], "w", encoding="utf-8", newline="") as lines:
                csv.writer(lines).writerows([header, *rows[first : first + step]])
        at = self.sheets.index(members)
        self.sheets[at : at + 1] = pieces


def main():
    sheets = pathlib.Path(sys.argv[1])
    print(f"seed {SEED}", flush=True)
    began = time.monotonic()
    codes = sorted(path.name.partition("-")[0] for path in sheets.glob("*-branches.csv"))
    clerks = [Clerk(code, [sheets / f"{code}-{what}.csv" for what in ("branches", "members", "former")], i / len(codes))
              for i, code in enumerate(codes)]
    for clerk in clerks:
        clerk.cut_sheets()
    server = Server()
    postgres = Postgres(server)
    server.start(may_kill=False)
    works = [clerk.work for clerk in clerks]
    threads = [threading.Thread(target=target, daemon=True) for target in [*works, server.torment, postgres.torment]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, began + CAMPAIGN_S_MAX - time.monotonic()))
        if thread.is_alive():
            KILLS.fail(f"not done after {CAMPAIGN_S_MAX} s")
    for thread in threads:  # those that wait for each other see the failure
        thread.join(30)
    server.stop()
    for what, count in sorted(KILLS.detail.items()):
        print(f"killed {what}: {count}")
    print(f"submits told to try again: {sum(clerk.told_again for clerk in clerks)}")
    print(f"killed in all: {dict(KILLS.of)}; {server.starts} starts of the server, {server.failed_starts} of them given up by itself; "
          f"{time.monotonic() - began:.0f} s")
    for what in ("client", "server", "postgres"):
        if KILLS.of[what] < KILLS_MIN:
            KILLS.fail(f"{what}: killed {KILLS.of[what]} times only")
    for clerk in clerks:
        if not clerk.is_done:
            KILLS.fail(f"sender {clerk.code} did not finish")
    if KILLS.failure:
        sys.exit(f"kill_campaign: {KILLS.failure}")


main()

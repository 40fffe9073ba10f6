//! Runs programs: our own binaries, and everything else that a test starts.
//!
//! Owns where the built binaries are, how the command line is called, and that no process outlives its
//! test. Knows nothing of windows or buckets. Failures panic with an explanation, because this is test
//! support.

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The longest that a run of the command line may take before it is killed and the test fails.
const RUN_LIMIT: Duration = Duration::from_mins(2);

/// Returns the value. Fails the test with what was being done and the error otherwise.
///
/// # Panics
/// Panics if `result` is an error.
pub fn must<T, E: Display>(result: Result<T, E>, doing: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{doing}: {error}"),
    }
}

/// Returns the workspace's root folder.
pub fn workspace_root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}

/// Returns the folder into which cargo builds this profile, such as `target/debug`.
///
/// # Panics
/// Panics if the running executable is not where cargo puts it.
pub fn profile_dir() -> PathBuf {
    let exe = must(std::env::current_exe(), "asking for the path of this program");
    // Cargo builds tests into `deps`, and other binaries into its parent folder.
    let built = exe.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).map(Path::to_path_buf);
    built.unwrap_or_else(|| panic!("{} is not under a cargo target folder", exe.display()))
}

/// Returns the target folder, which also receives screenshots and other products of tests.
pub fn target_dir() -> PathBuf {
    let profile = profile_dir();
    profile.parent().unwrap_or(&profile).to_path_buf()
}

/// Returns the path of a binary of this workspace, which must have been built before (`make test` does
/// that).
///
/// # Panics
/// Panics if it is not built.
pub fn binary(name: &str) -> PathBuf {
    let path = profile_dir().join(name);
    assert!(
        path.is_file(),
        "{} is not built: run `cargo build --workspace` (or `make test`) first",
        path.display()
    );
    path
}

/// Returns the path of the built window, `vitrine-desktop`.
pub fn app_binary() -> PathBuf {
    binary("vitrine-desktop")
}

/// Finds a program that the tests need.
///
/// # Panics
/// Panics if it is missing. A missing tool fails a test and never skips it.
pub fn tool(name: &str) -> PathBuf {
    let local = [workspace_root().join(".tools/bin"), workspace_root().join(".venv/bin")];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = local.into_iter().chain(std::env::split_paths(&path)).map(|dir| dir.join(name));
    let found = found.into_iter().find(|candidate| candidate.is_file());
    found.unwrap_or_else(|| panic!("`{name}` is missing: `make setup-test` installs what the tests need"))
}

/// Reads the one line that a program prints when it is ready.
///
/// # Panics
/// Panics if it does not come within `limit`.
pub fn first_line(output: impl std::io::Read + Send + 'static, limit: Duration, of: &str) -> String {
    let lines = lines(output);
    next_line(&lines, limit, of)
}

/// Sends every line of `output` to the returned channel until it ends.
pub(crate) fn lines(output: impl std::io::Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Waits for the next line of a channel made by [`lines`].
pub(crate) fn next_line(lines: &mpsc::Receiver<String>, limit: Duration, of: &str) -> String {
    match lines.recv_timeout(limit) {
        Ok(line) => line.trim().to_owned(),
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{of} said nothing for {limit:?}"),
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("{of} ended without saying it was ready"),
    }
}

/// Processes that end together: on drop, and also when the test itself is killed.
///
/// All of them share one process group. Its first member, the keeper, reads a pipe that only this
/// process holds. When the pipe closes for whatever reason, the keeper kills the group.
#[derive(Debug)]
pub struct ProcessGroup {
    keeper: Child,
    alive: Option<ChildStdin>,
    members: Mutex<Vec<Child>>,
}

impl ProcessGroup {
    /// Starts an empty group.
    pub fn new() -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", "cat >/dev/null; kill -KILL 0"]).process_group(0).stdin(Stdio::piped());
        let mut keeper =
            must(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn(), "starting the keeper");
        let alive = keeper.stdin.take();
        Self { keeper, alive, members: Mutex::default() }
    }

    /// Returns the id of the group.
    pub fn id(&self) -> u32 {
        self.keeper.id()
    }

    /// Starts a program as a member and passes its pipes, if any were requested, to `take`.
    pub fn spawn<T>(&self, command: &mut Command, take: impl FnOnce(&mut Child) -> T) -> T {
        let name = command.get_program().to_string_lossy().into_owned();
        let group = i32::try_from(self.id()).unwrap_or_default();
        let mut child = must(command.process_group(group).spawn(), &format!("starting {name}"));
        let taken = take(&mut child);
        self.members.lock().unwrap_or_else(PoisonError::into_inner).push(child);
        taken
    }

    /// Returns the ids of the direct and indirect members that run the program at `path`.
    pub fn running(&self, path: &Path) -> Vec<u32> {
        let Ok(path) = path.canonicalize() else { return Vec::new() };
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        pids.filter(|pid| group_of(*pid) == Some(self.id()))
            .filter(|pid| std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == path))
            .collect()
    }

    fn signal(&self, signal: &str) {
        send(signal, &format!("-{}", self.id()));
    }
}

impl Default for ProcessGroup {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        let mut members = std::mem::take(&mut *self.members.lock().unwrap_or_else(PoisonError::into_inner));
        // SIGTERM first lets the X server remove its lock file.
        self.signal("TERM");
        let until = Instant::now() + Duration::from_secs(2);
        while Instant::now() < until && members.iter_mut().any(|member| matches!(member.try_wait(), Ok(None)))
        {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.signal("KILL");
        for member in &mut members {
            let _ = member.wait();
        }
        drop(self.alive.take());
        // The keeper is reaped last, because until then the group's id cannot be given to another
        // group.
        let _ = self.keeper.wait();
    }
}

/// Sends a signal to a process, or to a group when `target` begins with `-`.
pub(crate) fn send(signal: &str, target: &str) {
    let mut kill = Command::new("sh");
    kill.args(["-c", "kill -s \"$1\" -- \"$2\"", "kill", signal, target]);
    let _ = kill.stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// Returns the process group of `pid`, the third field after the parenthesised name in
/// `/proc/PID/stat`.
fn group_of(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(2)?.parse().ok()
}

/// The result of a finished run of the command line.
#[derive(Debug)]
pub struct Ran {
    /// The exit status.
    pub status: ExitStatus,
    /// Everything that it printed to standard output.
    pub stdout: String,
    /// Everything that it printed to standard error.
    pub stderr: String,
}

impl Ran {
    /// Returns the exit code, or -1 if a signal ended it.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    /// Fails the test unless it ended with `code`. The message quotes all output.
    ///
    /// # Panics
    /// Panics if the code is different.
    #[must_use]
    pub fn exits_with(self, code: i32) -> Self {
        assert!(self.code() == code, "expected exit {code}, got {}:\n{self}", self.status);
        self
    }

    /// Parses each line of the output as JSON.
    pub fn json_lines(&self) -> Vec<Value> {
        let lines = self.stdout.lines().filter(|line| !line.trim().is_empty());
        lines.map(|line| must(serde_json::from_str(line), &format!("reading {line:?} as JSON"))).collect()
    }

    /// Parses the whole output as one JSON value.
    pub fn json(&self) -> Value {
        must(serde_json::from_str(&self.stdout), &format!("reading the output as one JSON value:\n{self}"))
    }
}

impl Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr)
    }
}

/// The environment of a session without a keyring.
pub const NO_KEYRING: [(&str, &str); 1] = [("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")];

/// The `vitrine` command line on one library, without inherited variables that would configure a
/// bucket.
#[derive(Debug, Clone)]
pub struct Cli {
    program: PathBuf,
    env: Vec<(OsString, OsString)>,
}

impl Cli {
    /// Returns the built command line for the library in `library`.
    pub fn on(library: &Path) -> Self {
        Self::of_program(binary("vitrine"), library)
    }

    /// Returns another program that takes the same environment.
    pub fn of_program(program: PathBuf, library: &Path) -> Self {
        Self { program, env: vec![("VITRINE_LIBRARY".into(), library.into())] }
    }

    /// Adds variables, such as `R2_*` or a desktop's session bus.
    #[must_use]
    pub fn with_env<K: Into<OsString>, V: Into<OsString>>(
        mut self,
        env: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.env.extend(env.into_iter().map(|(key, value)| (key.into(), value.into())));
        self
    }

    /// Runs it to its end, for at most two minutes.
    ///
    /// # Panics
    /// Panics if it cannot be started or does not end in time.
    pub async fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Ran {
        Self::run_command(self.command(args), &self.program).await
    }

    /// Runs it to its end with its standard output going elsewhere, such as to a full disk or to a
    /// pipe that nobody reads.
    ///
    /// # Panics
    /// Panics if it cannot be started or does not end in time.
    pub async fn run_into<A: AsRef<OsStr>>(
        &self,
        stdout: impl Into<Stdio>,
        args: impl IntoIterator<Item = A>,
    ) -> Ran {
        let mut command = self.command(args);
        command.stdout(stdout.into());
        Self::run_command(command, &self.program).await
    }

    /// Runs it to its end with its standard error going elsewhere.
    ///
    /// # Panics
    /// Panics if it cannot be started or does not end in time.
    pub async fn run_talking_to<A: AsRef<OsStr>>(
        &self,
        stderr: impl Into<Stdio>,
        args: impl IntoIterator<Item = A>,
    ) -> Ran {
        let mut command = self.command(args);
        command.stderr(stderr.into());
        Self::run_command(command, &self.program).await
    }

    async fn run_command(command: Command, program: &Path) -> Ran {
        let mut command = tokio::process::Command::from(command);
        let child = must(command.kill_on_drop(true).spawn(), &format!("running {}", program.display()));
        // Otherwise this process would hold the other ends of pipes open.
        drop(command);
        let output = tokio::time::timeout(RUN_LIMIT, child.wait_with_output()).await;
        let output = must(must(output, "waiting for the command line"), "reading what it left");
        Ran {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs it to its end, or kills it like a power cut after `life`. Returns its output, and whether
    /// it was killed.
    ///
    /// # Panics
    /// Panics if it cannot be started.
    pub async fn run_for<A: AsRef<OsStr>>(
        &self,
        life: Duration,
        args: impl IntoIterator<Item = A>,
    ) -> (Ran, bool) {
        let mut command = tokio::process::Command::from(self.command(args));
        let mut child = must(command.kill_on_drop(true).spawn(), "starting the command line");
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let stdout = tokio::spawn(read_all(stdout));
        let stderr = tokio::spawn(read_all(stderr));
        let ended = tokio::time::timeout(life, child.wait()).await;
        let was_killed = ended.is_err();
        if was_killed {
            // It may have ended in between, which is fine too.
            let _ = child.start_kill();
        }
        let status = must(child.wait().await, "waiting for the command line");
        let (stdout, stderr) = (must(stdout.await, "reading"), must(stderr.await, "reading"));
        (Ran { status, stdout, stderr }, was_killed)
    }

    /// Starts it and leaves it running, for tests that stop it in the middle.
    pub fn start<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Running {
        let group = ProcessGroup::new();
        let mut command = self.command(args);
        command.stderr(Stdio::inherit());
        let (pid, stdout) = group.spawn(&mut command, |child| (child.id(), child.stdout.take()));
        let stdout = stdout.map_or_else(|| mpsc::channel().1, lines);
        Running { group, pid, program: self.program.clone(), stdout }
    }

    fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os() {
            let configures =
                ["R2_", "VITRINE_", "AWS_"].iter().any(|p| name.to_string_lossy().starts_with(p));
            if configures {
                command.env_remove(name);
            }
        }
        command.args(args).envs(self.env.iter().map(|(key, value)| (key, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// Reads everything that a program prints until it ends, as text.
async fn read_all(output: Option<impl tokio::io::AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut output) = output {
        // The last output of a killed program may be cut off.
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut output, &mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A run of the command line that has not ended.
#[derive(Debug)]
pub struct Running {
    group: ProcessGroup,
    pid: u32,
    program: PathBuf,
    stdout: mpsc::Receiver<String>,
}

impl Running {
    /// Waits for its next line of output, at most 30 seconds.
    pub fn next_line(&self) -> String {
        next_line(&self.stdout, Duration::from_secs(30), "the command line")
    }

    /// Returns its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Says whether it is still running.
    pub fn is_running(&self) -> bool {
        self.group.running(&self.program).contains(&self.pid)
    }

    /// Interrupts it as Ctrl-C does, and returns its exit code.
    pub fn interrupt(self) -> i32 {
        self.end_with("INT").0
    }

    /// Asks it to end with a signal, `INT` or `TERM`. Returns its exit code and the lines that it
    /// printed meanwhile.
    pub fn end_with(self, signal: &str) -> (i32, Vec<String>) {
        send(signal, &self.pid.to_string());
        let lines = self.stdout.iter().map(|line| line.trim().to_owned()).collect();
        (self.exit_code(), lines)
    }

    fn exit_code(&self) -> i32 {
        let mut members = self.group.members.lock().unwrap_or_else(PoisonError::into_inner);
        let child = members.iter_mut().find(|child| child.id() == self.pid);
        child.and_then(|child| must(child.wait(), "waiting for its end").code()).unwrap_or(-1)
    }

    /// Kills it like a power cut, with SIGKILL.
    pub fn kill(self) {
        send("KILL", &self.pid.to_string());
    }
}

/// Reads a file that another process writes, as text. Unreadable bytes are replaced.
pub(crate) fn read_text(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut file) = std::fs::File::open(path) {
        let _ = file.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

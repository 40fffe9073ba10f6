//! Real drag and drop: another program's window, a mouse, and the drop that the toolkit delivers.
//!
//! WebDriver cannot drag files into a window, because such a drop comes through GTK. So a small GTK
//! program offers the files, and the X server's own pointer moves them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::desktop::{Desktop, SCREEN};
use crate::process::{ProcessGroup, lines, next_line, workspace_root};

/// Where the drag begins: the plate's upper left corner, in the corner of the screen furthest from the
/// tiles.
const PLATE: (i32, i32) = (SCREEN.0 - 130, SCREEN.1 - 50);
/// The number of steps in which the pointer moves. GTK begins a drag after 8 px.
const STEPS: i32 = 12;
/// The speed of a hand. The toolkits on both sides answer each movement with messages of their own, and a
/// pointer that teleports outruns them.
const PACE: Duration = Duration::from_millis(60);
const PATIENCE: Duration = Duration::from_secs(20);

/// Files that are being dragged: the button is down and the pointer is over the window.
#[derive(Debug)]
pub struct Drag<'d> {
    desktop: &'d Desktop,
    source: mpsc::Receiver<String>,
    at: (i32, i32),
    // This field is dropped last and ends the source program.
    _group: ProcessGroup,
}

/// Another program's window that files can be dropped on.
#[derive(Debug)]
pub struct DropTarget {
    said: mpsc::Receiver<String>,
    // This field is dropped last and ends the program.
    _group: ProcessGroup,
}

impl DropTarget {
    /// The position of its middle on the screen.
    pub const MIDDLE: (i32, i32) = (PLATE.0 + 30, PLATE.1 - 160);

    /// Returns the URIs of the files that were dropped on it.
    ///
    /// # Panics
    /// Panics if nothing was dropped.
    pub fn taken(&self) -> Vec<String> {
        let line = || next_line(&self.said, PATIENCE, "the drop target");
        std::iter::repeat_with(line).take_while(|line| line != "taken").collect()
    }
}

impl Desktop {
    /// Opens a window that files can be dropped on.
    ///
    /// # Panics
    /// Panics if the window does not open.
    pub fn drop_target(&self) -> DropTarget {
        let group = ProcessGroup::new();
        let (x, y) = DropTarget::MIDDLE;
        let said = self.python(&group, "drag_target.py", |program| {
            program.args([(x - 100).to_string(), (y - 60).to_string()]);
        });
        expect_word(&said, "ready");
        DropTarget { said, _group: group }
    }

    /// Moves the pointer from one place to another with the button held, as a person would.
    pub async fn drag_pointer(&self, from: (i32, i32), to: (i32, i32)) {
        self.press_pointer(from).await;
        self.pull_pointer(from, to).await;
        self.release_pointer().await;
    }

    /// Presses the pointer's button at a position.
    pub async fn press_pointer(&self, at: (i32, i32)) {
        self.xdotool(["mousemove", &at.0.to_string(), &at.1.to_string()]);
        tokio::time::sleep(PACE).await;
        self.xdotool(["mousedown", "1"]);
    }

    /// Moves the pointer while its button is down.
    pub async fn pull_pointer(&self, from: (i32, i32), to: (i32, i32)) {
        for step in 1..=STEPS {
            let part = |from: i32, to: i32| (from + (to - from) * step / STEPS).to_string();
            self.xdotool(["mousemove", &part(from.0, to.0), &part(from.1, to.1)]);
            // The source prepares the files after the first movements.
            tokio::time::sleep(PACE * 3).await;
        }
    }

    /// Releases the pointer's button.
    pub async fn release_pointer(&self) {
        tokio::time::sleep(PACE * 4).await;
        self.xdotool(["mouseup", "1"]);
    }

    /// Starts one of our GTK programs, and returns the lines that it prints.
    fn python(
        &self,
        group: &ProcessGroup,
        name: &str,
        more: impl FnOnce(&mut Command),
    ) -> mpsc::Receiver<String> {
        // The system's Python has the GTK bindings. A Python that comes first in PATH may not have them.
        let mut program = Command::new("/usr/bin/python3");
        program.arg(workspace_root().join("tests/support").join(name));
        more(&mut program);
        program.env_clear().envs(self.env().iter().map(|(key, value)| (key, value)));
        program.stdin(Stdio::null()).stdout(Stdio::piped());
        let stdout = group.spawn(&mut program, |child| child.stdout.take());
        stdout.map_or_else(|| mpsc::channel().1, lines)
    }

    /// Drags files to the screen position and releases them. Returns once the window has accepted them.
    ///
    /// # Panics
    /// Panics if the drag does not begin or the window refuses it.
    pub async fn drag_files(&self, paths: &[impl AsRef<Path>], x: i32, y: i32) {
        self.begin_drag(paths, x, y).await.let_go().await;
    }

    /// Drags files to the screen position and keeps holding them there.
    ///
    /// # Panics
    /// Panics if the drag does not begin.
    pub async fn begin_drag(&self, paths: &[impl AsRef<Path>], x: i32, y: i32) -> Drag<'_> {
        let group = ProcessGroup::new();
        let source = self.python(&group, "drag_source.py", |program| {
            program.args([PLATE.0.to_string(), PLATE.1.to_string()]);
            program.args(paths.iter().map(|path| path.as_ref().as_os_str()));
        });
        expect_word(&source, "ready");

        let grip = (PLATE.0 + 60, PLATE.1 + 20);
        self.xdotool(["mousemove", &grip.0.to_string(), &grip.1.to_string()]);
        self.xdotool(["mousedown", "1"]);
        let mut drag = Drag { desktop: self, source, at: grip, _group: group };
        drag.move_to(grip.0 - 24, grip.1 - 24).await;
        expect_word(&drag.source, "began");
        drag.move_to(x, y).await;
        drag
    }
}

impl Drag<'_> {
    /// Moves to another position while holding the files.
    pub async fn move_to(&mut self, x: i32, y: i32) {
        let from = self.at;
        for step in 1..=STEPS {
            let (px, py) = (from.0 + (x - from.0) * step / STEPS, from.1 + (y - from.1) * step / STEPS);
            self.desktop.xdotool(["mousemove", &px.to_string(), &py.to_string()]);
            tokio::time::sleep(PACE).await;
        }
        self.at = (x, y);
    }

    /// Releases the files and waits until the window has accepted them.
    ///
    /// # Panics
    /// Panics if the window refuses them.
    pub async fn let_go(self) {
        // GTK accepts a drop only if it has already answered a movement.
        tokio::time::sleep(PACE * 4).await;
        self.desktop.xdotool(["mouseup", "1"]);
        loop {
            match next_line(&self.source, PATIENCE, "the drag source").as_str() {
                "gave" => {}
                "dropped" => return,
                other => panic!("the window did not take the dragged files: {other}"),
            }
        }
    }

    /// Cancels the drag with Escape, so that nothing is dropped.
    ///
    /// # Panics
    /// Panics if the files are dropped anyway.
    pub fn abandon(self) {
        self.desktop.xdotool(["key", "Escape"]);
        self.desktop.xdotool(["mouseup", "1"]);
        loop {
            match next_line(&self.source, PATIENCE, "the drag source").as_str() {
                "gave" => {}
                "refused" => return,
                other => panic!("an abandoned drag ended with: {other}"),
            }
        }
    }
}

fn expect_word(source: &mpsc::Receiver<String>, word: &str) {
    let said = next_line(source, PATIENCE, &format!("the drag source, awaited to say {word:?},"));
    assert!(said == word, "the drag source said {said:?} instead of {word:?}");
}

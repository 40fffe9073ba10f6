//! The imported bytes, named by their SHA-256 and never altered.

use super::durable::{LeftAside, Temporary, each_file, leftovers, sharded, sweep, sync_directory};
use crate::model::{ImageFormat, KillPoint, KillPoints};
use crate::private;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

/// How many files are synced at once. A journaling file system commits several for
/// the cost of one.
const SYNCS_AT_ONCE: usize = 8;

/// The originals of one library: `originals/ab/{sha256}.{ext}`.
#[derive(Debug)]
pub struct Originals {
    root: PathBuf,
    incoming: PathBuf,
    kill_points: KillPoints,
}

/// An original in a temporary file. If it is dropped instead of committed, nothing
/// of it remains. It holds an open file unless it is set aside, so commit groups
/// of a few dozen.
#[derive(Debug)]
pub struct Staged {
    /// `None` if the original already exists.
    temporary: Option<Temporary>,
    path: PathBuf,
}

impl Staged {
    /// Closes the file until the original is committed.
    pub fn set_aside(&mut self) {
        if let Some(temporary) = &mut self.temporary {
            temporary.set_aside();
        }
    }
}

/// An original that arrives in pieces. If it is dropped, nothing of it remains.
#[derive(Debug)]
pub struct Incoming {
    temporary: Temporary,
    path: PathBuf,
    expected: [u8; 32],
    hash: Sha256,
}

impl Incoming {
    /// Adds the next piece.
    pub fn append(&mut self, piece: &[u8]) -> io::Result<()> {
        self.hash.update(piece);
        self.temporary.append(piece)
    }

    /// Returns the original, on the disk and ready to be committed; `None` if the
    /// bytes do not have the expected hash.
    pub fn finish(self) -> io::Result<Option<Staged>> {
        if self.hash.finalize().as_slice() != self.expected {
            return Ok(None);
        }
        self.temporary.sync()?;
        Ok(Some(Staged { temporary: Some(self.temporary), path: self.path }))
    }
}

impl Originals {
    /// Opens the originals in a library folder, and creates missing folders.
    pub fn open(library: &Path) -> io::Result<Self> {
        let originals = Self::at(library);
        private::create_dir_all(&originals.incoming)?;
        sync_directory(&originals.root)?;
        sync_directory(library)?;
        Ok(originals)
    }

    /// Returns the originals in a library folder, for reading. Touches nothing.
    pub fn at(library: &Path) -> Self {
        let root = library.join("originals");
        Self { incoming: root.join(".incoming"), root, kill_points: KillPoints::default() }
    }

    /// Reports the kill points of [`Self::commit`] to this listener.
    #[must_use]
    pub fn with_kill_points(self, kill_points: KillPoints) -> Self {
        Self { kill_points, ..self }
    }

    /// Returns the library's folder.
    pub fn library(&self) -> &Path {
        self.root.parent().unwrap_or(&self.root)
    }

    /// Returns the path that an original has or would have.
    pub fn path(&self, sha256: &[u8; 32], format: ImageFormat) -> PathBuf {
        sharded(&self.root, sha256, format.extension())
    }

    /// Stores an original. Once this returns, the original survives a power cut.
    #[cfg(any(test, feature = "internals"))]
    pub fn store(&self, bytes: &[u8], sha256: &[u8; 32], format: ImageFormat) -> io::Result<()> {
        let staged = self.stage(bytes, sha256, format)?;
        self.commit(vec![staged]).pop().unwrap_or(Ok(()))
    }

    /// Writes an original to a temporary file, not yet durable and without its
    /// final name. A full disk is reported here as [`io::ErrorKind::StorageFull`].
    ///
    /// An existing original with the same content is kept. One whose content does
    /// not match its name is damaged, and will be replaced.
    pub fn stage(&self, bytes: &[u8], sha256: &[u8; 32], format: ImageFormat) -> io::Result<Staged> {
        let path = self.path(sha256, format);
        let temporary =
            if holds(&path, bytes)? { None } else { Some(Temporary::write(&self.incoming, bytes)?) };
        Ok(Staged { temporary, path })
    }

    /// Starts an original that arrives in pieces. An existing original is replaced
    /// when the new one is committed.
    pub fn receive(&self, sha256: &[u8; 32], format: ImageFormat) -> io::Result<Incoming> {
        Ok(Incoming {
            temporary: Temporary::create(&self.incoming)?,
            path: self.path(sha256, format),
            expected: *sha256,
            hash: Sha256::new(),
        })
    }

    /// Makes a group of staged originals durable under their names: first the
    /// contents, then the names, then each directory once. Returns an outcome for
    /// each, in order.
    pub fn commit(&self, group: Vec<Staged>) -> Vec<io::Result<()>> {
        let synced = sync_contents(&group);
        self.kill_points.reached(KillPoint::OriginalsSynced);
        let mut shards = BTreeSet::new();
        let named: Vec<_> = group
            .into_iter()
            .zip(synced)
            .map(|(staged, synced)| synced.and_then(|()| self.name(staged, &mut shards)))
            .collect();
        self.kill_points.reached(KillPoint::OriginalsNamed);
        // The root as well: a shard may be new, made by this process or by another
        // one.
        let mut directories = shards.into_iter().chain([self.root.clone()]);
        let durable = directories.try_for_each(|directory| sync_directory(&directory));
        let Err(error) = durable else { return named };
        named.into_iter().map(|outcome| outcome.and_then(|()| Err(same_error(&error)))).collect()
    }

    fn name(&self, staged: Staged, shards: &mut BTreeSet<PathBuf>) -> io::Result<()> {
        let shard = staged.path.parent().unwrap_or(&self.root).to_owned();
        if let Some(temporary) = staged.temporary {
            private::create_dir_all(&shard)?;
            temporary.rename(&staged.path)?;
        }
        shards.insert(shard);
        Ok(())
    }

    /// Gives an original the modification time of the file from which it was
    /// imported. Only for an original that has a row: verify takes an old one
    /// without a row for a forgotten one.
    pub fn set_modified(&self, sha256: &[u8; 32], format: ImageFormat, at: SystemTime) -> io::Result<()> {
        File::options().write(true).open(self.path(sha256, format))?.set_modified(at)
    }

    /// Returns the bytes of an original.
    pub fn read(&self, sha256: &[u8; 32], format: ImageFormat) -> io::Result<Vec<u8>> {
        fs::read(self.path(sha256, format))
    }

    /// Says whether an original exists. If that cannot be determined, it is an
    /// error.
    pub fn exists(&self, sha256: &[u8; 32], format: ImageFormat) -> io::Result<bool> {
        self.path(sha256, format).try_exists()
    }

    /// Deletes an original; succeeds if it does not exist. Durable only after
    /// [`Self::sync_removals`].
    pub fn remove(&self, sha256: &[u8; 32], format: ImageFormat) -> io::Result<()> {
        match fs::remove_file(self.path(sha256, format)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            outcome => outcome,
        }
    }

    /// Waits until these deleted originals cannot come back after a power cut.
    pub fn sync_removals(&self, removed: &[[u8; 32]]) -> io::Result<()> {
        let shards: BTreeSet<PathBuf> =
            removed.iter().map(|hash| self.root.join(hex::encode(&hash[..1]))).collect();
        shards.iter().filter(|shard| shard.is_dir()).try_for_each(|shard| sync_directory(shard))
    }

    /// Says whether there are any originals.
    pub fn any(&self) -> io::Result<bool> {
        for shard in 0..=u8::MAX {
            if !self.in_shard(shard)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the originals whose hash begins with this byte, with their hashes.
    pub fn in_shard(&self, first: u8) -> io::Result<Vec<([u8; 32], PathBuf)>> {
        let entries = match fs::read_dir(self.root.join(hex::encode([first]))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let mut hash = [0; 32];
            let named = path.file_stem().and_then(|stem| stem.to_str());
            if named.is_some_and(|stem| hex::decode_to_slice(stem, &mut hash).is_ok()) {
                found.push((hash, path));
            }
        }
        Ok(found)
    }

    /// Deletes temporary files that interrupted imports left behind before
    /// `cutoff`, and returns their number.
    pub fn sweep_temporaries(&self, cutoff: SystemTime) -> io::Result<usize> {
        sweep(&self.incoming, cutoff)
    }

    /// Returns the total size of all originals, in bytes.
    pub fn space(&self) -> io::Result<u64> {
        let mut bytes = 0;
        each_file(&self.root, &mut |_, found| bytes += found.len())?;
        Ok(bytes)
    }

    /// Returns the temporary files that were left behind before `cutoff`.
    pub fn left_aside(&self, cutoff: SystemTime) -> io::Result<Vec<LeftAside>> {
        leftovers(&self.incoming, cutoff)
    }
}

fn holds(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(found) if usize::try_from(found.len()) == Ok(bytes.len()) => Ok(fs::read(path)? == bytes),
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Syncs the contents of a group in parallel, because each sync mostly waits.
fn sync_contents(group: &[Staged]) -> Vec<io::Result<()>> {
    let sync = |staged: &Staged| staged.temporary.as_ref().map_or(Ok(()), Temporary::sync);
    if group.len() < 2 {
        return group.iter().map(sync).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let mut outcomes = Vec::new();
        while let Some((at, staged)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, group.get(at)?)))
        {
            outcomes.push((at, sync(staged)));
        }
        outcomes
    };
    let mut outcomes = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..SYNCS_AT_ONCE.min(group.len())).map(|_| scope.spawn(take)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect::<Vec<_>>()
    });
    outcomes.sort_by_key(|(at, _)| *at);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn same_error(error: &io::Error) -> io::Error {
    error
        .raw_os_error()
        .map_or_else(|| io::Error::new(error.kind(), error.to_string()), io::Error::from_raw_os_error)
}

#[cfg(test)]
#[path = "originals_tests.rs"]
mod tests;

//! Bytes on the volume, each file under the hash of what is in it. Files come in
//! under another name and get their own once they are whole and on the disk.

use super::{Error, turns::Turn};
use sha2::{Digest, Sha256};
use std::{
    fs,
    io::{self, Read, Seek},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    io::AsyncWriteExt,
    sync::{Mutex, MutexGuard},
};
use uuid::Uuid;

/// What tells of a file what it is, is in its first bytes.
const HEAD: usize = 8 * 1024;
const READ: usize = 64 * 1024;

/// Cheap to clone.
#[derive(Clone)]
pub struct Shelf {
    folder: PathBuf,
    changing: Arc<Mutex<()>>,
}

impl Shelf {
    /// Opens the folder, and removes what an earlier process left half done.
    ///
    /// # Errors
    /// The volume cannot be written.
    pub fn open(volume: &Path) -> io::Result<Self> {
        let folder = volume.join("media");
        let incoming = folder.join("incoming");
        create(&incoming)?;
        for left in fs::read_dir(&incoming)? {
            fs::remove_file(left?.path())?;
        }
        Ok(Self {
            folder,
            changing: Arc::default(),
        })
    }

    #[must_use]
    pub fn path(&self, sha256: &str) -> PathBuf {
        self.folder_of(sha256).join(sha256)
    }

    fn folder_of(&self, sha256: &str) -> PathBuf {
        self.folder.join(sha256.get(..2).unwrap_or_default())
    }

    /// As long as this is held nobody else adds or removes a file: that a file
    /// lies here and that a row says so then change together.
    pub async fn change(&self) -> Change<'_> {
        Change {
            shelf: self,
            _held: self.changing.lock().await,
        }
    }

    /// A file of at most `limit` bytes begins to come in.
    ///
    /// # Errors
    /// The volume cannot be written.
    pub async fn begin(&self, name: Uuid, limit: u64) -> Result<Incoming, Error> {
        let path = self.folder.join("incoming").join(name.to_string());
        let file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        Ok(Incoming {
            file: tokio::fs::File::from_std(file),
            temporary: Temporary(path),
            hash: Sha256::new(),
            head: Vec::new(),
            size: 0,
            limit,
            room: u64::MAX,
            turn: None,
        })
    }

    /// A file that somebody else fills.
    ///
    /// # Errors
    /// The volume cannot be written.
    pub fn blank(&self, name: Uuid) -> io::Result<Blank> {
        let path = self.folder.join("incoming").join(name.to_string());
        let file = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        Ok(Blank {
            file,
            temporary: Temporary(path),
        })
    }

    /// The hashes of all files in the folder of this first byte.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn hashes(&self, first: &str) -> io::Result<Vec<String>> {
        let files = match fs::read_dir(self.folder.join(first)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            files => files?,
        };
        files
            .map(|file| Ok(file?.file_name().to_string_lossy().into_owned()))
            .collect()
    }
}

/// The right to add and remove files.
pub struct Change<'a> {
    shelf: &'a Shelf,
    _held: MutexGuard<'a, ()>,
}

impl Change<'_> {
    /// Gives a file its name. `false`: it lay here already.
    ///
    /// # Errors
    /// The volume cannot be written.
    pub async fn add(&self, whole: Whole) -> Result<bool, Error> {
        let folder = self.shelf.folder_of(&whole.sha256);
        let path = folder.join(&whole.sha256);
        let add = move || {
            if path.try_exists()? {
                return Ok(false);
            }
            create(&folder)?;
            fs::rename(&whole.temporary.0, &path)?;
            // The name is on the disk only when the folder is.
            fs::File::open(&folder)?.sync_all()?;
            Ok(true)
        };
        Ok(blocking(add).await?)
    }

    /// # Errors
    /// The volume cannot be written.
    pub async fn remove(&self, sha256: &str) -> io::Result<()> {
        match tokio::fs::remove_file(self.shelf.path(sha256)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// A file that comes in. Dropped, nothing of it is left.
pub struct Incoming {
    file: tokio::fs::File,
    temporary: Temporary,
    hash: Sha256,
    head: Vec<u8>,
    size: u64,
    limit: u64,
    room: u64,
    turn: Option<Turn>,
}

impl Incoming {
    /// It holds its turn, and no more than so many bytes of it are written.
    pub fn within(&mut self, room: u64, turn: Turn) {
        self.room = room;
        self.turn = Some(turn);
    }

    /// # Errors
    /// There are too many bytes, or the volume cannot take them.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.size += bytes.len() as u64;
        if self.size > self.limit {
            return Err(Error::TooLarge { limit: self.limit });
        }
        let room = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        self.hash.update(bytes);
        if self.size <= self.room {
            self.file.write_all(bytes).await?;
        }
        // Of what has no room the hash is wanted: it may be here already.
        Ok(())
    }

    /// # Errors
    /// The volume could not take all of it.
    pub async fn finish(mut self) -> Result<Whole, Error> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        Ok(Whole {
            temporary: self.temporary,
            sha256: hex::encode(self.hash.finalize()),
            head: self.head,
            size: self.size,
            is_complete: self.size <= self.room,
            turn: self.turn,
        })
    }
}

/// A file that somebody else fills. Dropped, nothing of it is left.
pub struct Blank {
    file: fs::File,
    temporary: Temporary,
}

impl Blank {
    /// Where to write.
    ///
    /// # Errors
    /// The system has no more open files.
    pub fn file(&self) -> io::Result<fs::File> {
        self.file.try_clone()
    }

    /// Reads what was written, and makes sure that it is on the disk.
    ///
    /// # Errors
    /// The volume failed.
    pub async fn finish(self) -> Result<Whole, Error> {
        let read = move || {
            let Self {
                mut file,
                temporary,
            } = self;
            file.sync_all()?;
            file.rewind()?;
            let mut head = Vec::with_capacity(HEAD);
            (&mut file).take(HEAD as u64).read_to_end(&mut head)?;
            file.rewind()?;
            let mut hash = Sha256::new();
            let mut size = 0;
            let mut part = vec![0; READ];
            loop {
                let read = file.read(&mut part)?;
                if read == 0 {
                    break;
                }
                hash.update(&part[..read]);
                size += read as u64;
            }
            Ok(Whole {
                temporary,
                sha256: hex::encode(hash.finalize()),
                head,
                size,
                is_complete: true,
                turn: None,
            })
        };
        Ok(blocking(read).await?)
    }
}

/// A file that is on the disk and has no place yet. Dropped, it is removed.
pub struct Whole {
    temporary: Temporary,
    pub sha256: String,
    /// Its first bytes.
    pub head: Vec<u8>,
    pub size: u64,
    /// Whether there was room for all of it; if not, only what it is is known.
    pub(super) is_complete: bool,
    pub(super) turn: Option<Turn>,
}

impl Whole {
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.temporary.0
    }
}

struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "A file that came in halfway could not be removed.");
            }
            _ => {}
        }
    }
}

fn create(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

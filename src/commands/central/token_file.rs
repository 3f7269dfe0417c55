//! I/O. Files that hold a token: read, or made new for this user alone; what one holds is never overwritten and never printed.

use secrecy::{ExposeSecret, SecretString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// No token is longer; a file that is must be another one.
const TOKEN_BYTES: u64 = 4 * 1024;

/// The token in a file; `None` when there is no such file.
///
/// # Errors
/// A sentence: it cannot be read, or holds no token.
pub fn read(path: &Path) -> Result<Option<SecretString>, String> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
    };
    let mut text = String::new();
    file.take(TOKEN_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    match text.trim() {
        "" => Err(format!(
            "{} is empty: put a token there, or take the file away",
            path.display()
        )),
        token if token.contains(char::is_control) => Err(format!("{} holds more than one line", path.display())),
        token => Ok(Some(SecretString::from(token))),
    }
}

/// A file made for a token before the token is: a token nobody could keep would be lost. Taken away again unless kept.
#[derive(Debug)]
pub struct Fresh {
    path: PathBuf,
    file: File,
    kept: bool,
}

impl Fresh {
    /// Makes the file, readable for this user alone.
    ///
    /// # Errors
    /// A sentence: there is one already, or it cannot be made.
    pub fn create(path: &Path) -> Result<Fresh, String> {
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = made.map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                format!("{} is there already and is not overwritten", path.display())
            } else {
                format!("{} cannot be made: {error}", path.display())
            }
        })?;
        Ok(Fresh {
            path: path.to_owned(),
            file,
            kept: false,
        })
    }

    /// Writes the token and forces it to disk.
    ///
    /// # Errors
    /// A sentence: the disk does not take it.
    pub fn keep(mut self, token: &SecretString) -> Result<(), String> {
        let written = writeln!(self.file, "{}", token.expose_secret()).and_then(|()| self.file.sync_all());
        // Its name too: after a power cut a token told once would have no file.
        let folder = self.path.parent().filter(|folder| *folder != Path::new(""));
        let written = written.and_then(|()| File::open(folder.unwrap_or(Path::new(".")))?.sync_all());
        written.map_err(|error| {
            format!(
                "{} cannot be written: {error}; the store has made the token: delete it there before the next try",
                self.path.display()
            )
        })?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(%error, file = %self.path.display(), "an empty token file was left behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_token_is_kept_for_this_user_alone_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("influx.token");
        assert!(read(&path).unwrap().is_none());
        Fresh::create(&path)
            .unwrap()
            .keep(&SecretString::from("first"))
            .unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(Fresh::create(&path).unwrap_err().contains("is not overwritten"));
        assert_eq!(read(&path).unwrap().unwrap().expose_secret(), "first");
    }

    #[test]
    fn a_file_without_a_token_is_taken_away_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("influx.token");
        drop(Fresh::create(&path).unwrap());
        assert!(!path.exists());
        fs::write(&path, " \n").unwrap();
        assert!(read(&path).unwrap_err().contains("is empty"));
        fs::write(&path, "a\nb\n").unwrap();
        assert!(read(&path).unwrap_err().contains("more than one line"));
    }
}

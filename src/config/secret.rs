//! I/O. Secrets stand in files of their own: found among systemd's credentials or next to the configuration, never printed.

use super::checker::Checker;
use super::finding::KeyPath;
use super::text_file;
use secrecy::SecretString;
use std::path::{Path, PathBuf};

/// A secret longer than this is no token or password: someone named the wrong file.
const MAX_SECRET_BYTES: u64 = 16_384;

/// Where secrets are looked up.
#[derive(Debug, Default)]
pub struct Secrets {
    /// `$CREDENTIALS_DIRECTORY`, as systemd sets it.
    pub credentials: Option<PathBuf>,
}

impl Secrets {
    /// The file that the key at `path` means, and what it holds; `None` and a finding when it holds nothing usable.
    /// A relative name is looked up among the credentials first, then next to the file it was written in.
    pub fn read(&self, checker: &mut Checker, path: &KeyPath, named: &Path) -> (PathBuf, Option<SecretString>) {
        let found = self.find(checker, path, named);
        let secret = match open(&found) {
            Ok(secret) => secret,
            Err(why) => {
                let instead = "create it, readable for the agent, with the secret on its first line";
                checker.error(path, format!("{} {why}", found.display()), instead);
                return (found, None);
            }
        };
        if is_world_readable(&found) {
            let what = format!("{} can be read by everyone on this computer", found.display());
            checker.warning(path, what, format!("run: chmod o-r {}", found.display()));
        }
        (found, Some(secret))
    }

    fn find(&self, checker: &Checker, path: &KeyPath, named: &Path) -> PathBuf {
        if named.is_absolute() {
            return named.to_owned();
        }
        let credential = self.credentials.as_ref().map(|folder| folder.join(named));
        if let Some(credential) = credential.filter(|file| file.exists()) {
            return credential;
        }
        checker.tree.beside(path, named)
    }
}

fn open(file: &Path) -> Result<SecretString, String> {
    let text = text_file::read(file, MAX_SECRET_BYTES)?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    if secret.contains(|c: char| c.is_control()) {
        return Err("holds more than one line, or characters no header can carry".to_owned());
    }
    Ok(SecretString::from(secret))
}

#[cfg(unix)]
fn is_world_readable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_world_readable(_: &Path) -> bool {
    false
}

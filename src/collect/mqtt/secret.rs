//! I/O. Reads a password from its file each time it is needed, so that a changed one works without a restart.

use secrecy::SecretString;
use std::path::{Path, PathBuf};
use tokio::io::AsyncReadExt;

/// Longest password, in bytes: the protocol's own limit.
const MAX_BYTES: u64 = 65_535;
/// Where systemd puts the credentials of a service (`LoadCredential=`).
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// The text of the file without its last line end; the error says what to do and never what was read.
pub async fn read(path: &Path) -> Result<SecretString, String> {
    let path = located(path, std::env::var_os(CREDENTIALS).map(PathBuf::from));
    let shown = path.display();
    let file = tokio::fs::File::open(&path)
        .await
        .map_err(|error| format!("password_file {shown} cannot be read: {error}"))?;
    let mut text = String::new();
    let read = file.take(MAX_BYTES + 2).read_to_string(&mut text).await;
    read.map_err(|error| format!("password_file {shown} cannot be read as text: {error}"))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(format!("password_file {shown} is empty: write the password into it"));
    }
    if line.len() as u64 > MAX_BYTES {
        return Err(format!("password_file {shown} holds more than {MAX_BYTES} bytes"));
    }
    Ok(SecretString::from(line))
}

/// A relative path is the name of a systemd credential when the service has any.
fn located(path: &Path, credentials: Option<PathBuf>) -> PathBuf {
    match credentials {
        Some(folder) if path.is_relative() => folder.join(path),
        Some(_) | None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    async fn read_back(content: &[u8]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, content).unwrap();
        read(&path).await.map(|secret| secret.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn only_the_last_line_end_is_cut() {
        assert_eq!(read_back(b" a b \n").await.unwrap(), " a b ");
        assert_eq!(read_back(b"secret\r\n").await.unwrap(), "secret");
        assert_eq!(read_back(b"secret").await.unwrap(), "secret");
    }

    #[tokio::test]
    async fn a_file_that_gives_no_password_is_told_without_its_content() {
        assert!(read_back(b"\n").await.unwrap_err().contains("is empty"));
        assert!(read_back(&[b'x'; 65_536]).await.unwrap_err().contains("65535"));
        let binary = read_back(b"abc\xff").await.unwrap_err();
        assert!(binary.contains("as text") && !binary.contains("abc"), "{binary}");
        let missing = read(Path::new("/nonexistent/password")).await.unwrap_err();
        assert!(missing.contains("/nonexistent/password"), "{missing}");
    }

    #[test]
    fn a_relative_path_is_looked_up_among_the_credentials_of_the_service() {
        let folder = Some(PathBuf::from("/run/credentials/gemba.service"));
        let found = located(Path::new("mqtt"), folder.clone());
        assert_eq!(found, Path::new("/run/credentials/gemba.service/mqtt"));
        assert_eq!(located(Path::new("/etc/x"), folder), Path::new("/etc/x"));
        assert_eq!(located(Path::new("x"), None), Path::new("x"));
    }
}

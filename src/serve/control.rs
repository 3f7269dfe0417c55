//! I/O. The control socket in the data folder: the same answers for this computer's own commands. Who may open it has the
//! data folder in hand anyway, so it needs no token; whose word it is stands in a header.

use super::Role;
use super::answer::Problem;
use super::auth::Holder;
use crate::oee::plan::CONFIGURATION;
use axum::http::{HeaderMap, StatusCode};
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::net::{UnixListener, UnixStream};

/// The header of a request that names whose word it is, in UTF-8.
pub const BY: &str = "gemba-by";
/// Longest name of who speaks, in bytes: it stands in the journal for ever.
pub const LONGEST_NAME: usize = 100;
/// Its name in the data folder.
const SOCKET: &str = "control.sock";
/// The administrator of the computer.
const ROOT: u32 = 0;

/// Where the agent of a data folder listens for this computer's own commands.
pub fn path(folder: &Path) -> PathBuf {
    folder.join(SOCKET)
}

/// Authors that are nobody's name: what they say is of the agent itself, and of the configuration, which takes it back.
const RESERVED: [&str; 2] = ["agent", CONFIGURATION];

/// True when the name of a person can stand in the journal: 1 to [`LONGEST_NAME`] bytes on one line, none of them a `/`, which
/// ends the name in a key, and not that of another author.
pub fn is_name(name: &str) -> bool {
    let fits = !name.trim().is_empty() && name.len() <= LONGEST_NAME;
    let is_line = !name.chars().any(|c| c.is_control() || c == '/');
    fits && is_line && !RESERVED.contains(&name.trim())
}

/// What [`is_name`] asks for, in words.
pub fn name_rule() -> String {
    let others = RESERVED.join(" or ");
    format!("1 to {LONGEST_NAME} bytes on one line, without a /, and not {others}")
}

/// The control socket of an agent that runs.
#[derive(Debug)]
pub struct Control {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
}

impl Control {
    /// Listens in a data folder that this agent has for itself: what an agent before it left there is removed.
    ///
    /// # Errors
    /// When the operating system refuses it, such as for a path of more than a hundred bytes.
    pub fn bind(folder: &Path) -> io::Result<Control> {
        let path = path(folder);
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        let owner = fs::metadata(&path)?.uid();
        Ok(Control { listener, path, owner })
    }

    /// The next connection of the agent's own user, or of root.
    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            // Between bind and permissions anyone who may look into the folder could have come in.
            match stream.peer_cred()?.uid() {
                uid if uid == self.owner || uid == ROOT => return Ok(stream),
                uid => tracing::warn!(uid, "another user tried the control socket; nothing was answered"),
            }
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "the control socket was gone already");
        }
    }
}

/// Whose word a request by the control socket is: that of the person it names, who may do everything.
pub(super) fn holder(headers: &HeaderMap) -> Result<Holder, Problem> {
    let name = headers
        .get(BY)
        .and_then(|name| std::str::from_utf8(name.as_bytes()).ok());
    match name.map(str::trim).filter(|name| is_name(name)) {
        Some(name) => Ok(Holder {
            name: name.into(),
            role: Role::Admin,
        }),
        None => Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            format!(
                "this needs the name of who says it in the header `{BY}`: {}",
                name_rule()
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn by(name: &[u8]) -> Result<Holder, Problem> {
        let value = HeaderValue::from_bytes(name).unwrap();
        holder(&HeaderMap::from_iter([(BY.parse().unwrap(), value)]))
    }

    #[test]
    fn a_request_by_the_control_socket_is_the_word_of_whom_it_names() {
        let holder = by("Nguyễn Văn An".as_bytes()).unwrap();
        assert_eq!((&*holder.name, holder.role), ("Nguyễn Văn An", Role::Admin));
        assert!(
            by("An ".repeat(33).as_bytes()).is_ok(),
            "99 bytes, the last of them a blank"
        );
        let others = [&b"agent"[..], b" config ", b"An/Binh"];
        for wrong in [&b""[..], b"  ", b"\xff\xfe", "n".repeat(101).as_bytes()]
            .into_iter()
            .chain(others)
        {
            assert_eq!(by(wrong).unwrap_err().status, StatusCode::UNAUTHORIZED, "{wrong:?}");
        }
        assert!(super::holder(&HeaderMap::new()).is_err());
    }

    #[tokio::test]
    async fn what_an_agent_left_behind_is_no_hindrance_and_a_stop_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(folder.path());
        fs::write(&path, "left by a crash").unwrap();
        let control = Control::bind(folder.path()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let guest = UnixStream::connect(&path).await.unwrap();
        control.accept().await.unwrap();
        drop((guest, control));
        assert!(!path.exists());
    }
}

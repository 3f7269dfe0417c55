//! I/O. A text file read whole within a limit, or in plain words why it cannot be.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// What the file holds.
///
/// # Errors
/// What to say after the file's name: that it does not exist, cannot be read, is too long or no text.
pub fn read(file: &Path, max_bytes: u64) -> Result<String, String> {
    let mut bytes = Vec::new();
    let opened = File::open(file).map_err(|error| why(&error))?;
    let limited = opened.take(max_bytes + 1).read_to_end(&mut bytes);
    limited.map_err(|error| why(&error))?;
    if bytes.len() as u64 > max_bytes {
        return Err(format!("is longer than {max_bytes} bytes: it is another kind of file"));
    }
    String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())
}

fn why(error: &io::Error) -> String {
    if error.kind() == ErrorKind::NotFound {
        "does not exist".to_owned()
    } else if error.kind() == ErrorKind::PermissionDenied {
        "cannot be read by this user".to_owned()
    } else {
        format!("cannot be read ({})", error.kind())
    }
}

//! Pure. The keys a serde struct knows, asked of the struct itself, so that all unknown keys of a table are found at once.

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::forward_to_deserialize_any;

/// The keys of `T`; none when it is not a struct.
pub fn of<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    match T::deserialize(Ask { fields: &mut fields }) {
        // Nothing is ever given to the struct, so this arm is never taken; the answer would be the same.
        Ok(_) => fields,
        Err(Asked) => fields,
    }
}

struct Ask<'a> {
    fields: &'a mut &'static [&'static str],
}

/// The end of asking: the struct has said what it wants and gets nothing.
#[derive(Debug, thiserror::Error)]
#[error("asked")]
struct Asked;

impl Error for Asked {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Asked
    }
}

impl<'de> Deserializer<'de> for Ask<'_> {
    type Error = Asked;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
        Err(Asked)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Asked> {
        *self.fields = fields;
        Err(Asked)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::mqtt::Broker;

    #[test]
    fn a_struct_names_its_keys_and_not_what_it_skips() {
        assert_eq!(
            of::<Broker>(),
            [
                "url",
                "version",
                "client_id",
                "username",
                "password_file",
                "max_packet_bytes"
            ]
        );
        assert!(of::<String>().is_empty());
    }
}

//! Pure. Every byte of a Modbus TCP request and of its answer, checked before anything else believes it.

use thiserror::Error;

/// Longest frame the protocol allows: 7 bytes of header and 253 of PDU.
pub const MAX_FRAME_LEN: usize = 260;
/// Header with the unit, and the function.
const HEAD_LEN: usize = 8;
/// A refusal: head and exception code.
const EXCEPTION_LEN: usize = HEAD_LEN + 1;
/// Bytes of a frame that its length field does not count.
const UNCOUNTED: usize = 6;
/// Added to the function in the answer that refuses it.
const EXCEPTION: u8 = 0x80;

/// What was asked, as far as it decides what an answer must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    transaction: u16,
    unit: u8,
    function: u8,
    data_len: u8,
}

/// How far an answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// All bytes so far are right; more are needed.
    More,
    /// The answer is whole and right; it takes so many bytes.
    Whole(usize),
}

/// Why a request must not be sent, or an answer must not be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Wrong {
    /// Something else than a read was about to be sent.
    #[error("only reads may be sent (functions 1 to 4 of a legal length)")]
    NotARead,
    /// An answer to another request.
    #[error(
        "an answer to another request came (transaction {came}, asked {asked}): does this port speak Modbus TCP, and is the gateway sound?"
    )]
    Transaction {
        /// Number of the request.
        asked: u16,
        /// Number in the answer.
        came: u16,
    },
    /// Not Modbus.
    #[error("what came is not Modbus TCP (protocol {0}): is the port right?")]
    Protocol(u16),
    /// An answer of another unit.
    #[error("unit {came} answered instead of unit {asked}: check the unit ids set in the gateway")]
    Unit {
        /// Unit asked.
        asked: u8,
        /// Unit in the answer.
        came: u8,
    },
    /// An answer to another function.
    #[error("function {came} was answered instead of function {asked}: look at the device or gateway")]
    Function {
        /// Function asked.
        asked: u8,
        /// Function in the answer.
        came: u8,
    },
    /// Too many or too few values, or a length that contradicts itself.
    #[error(
        "the answer has a wrong length ({came} bytes where {asked} belong): lower max_registers, or look at the device or gateway"
    )]
    Length {
        /// Bytes expected.
        asked: usize,
        /// Bytes announced.
        came: usize,
    },
}

/// What the request in `bytes` asks.
///
/// # Errors
/// `NotARead` for everything but one whole read of a legal length.
pub fn asked(bytes: &[u8]) -> Result<Asked, Wrong> {
    let &[t1, t0, 0, 0, 0, 6, unit, function, _, _, c1, c0] = bytes else {
        return Err(Wrong::NotARead);
    };
    let count = u16::from_be_bytes([c1, c0]);
    let data_len = match function {
        1 | 2 if (1..=2_000).contains(&count) => count.div_ceil(8),
        3 | 4 if (1..=125).contains(&count) => count * 2,
        _ => return Err(Wrong::NotARead),
    };
    Ok(Asked {
        transaction: u16::from_be_bytes([t1, t0]),
        unit,
        function,
        data_len: u8::try_from(data_len).map_err(|_| Wrong::NotARead)?,
    })
}

impl Asked {
    /// Checks what has come of the answer, each field as soon as it is there: a wrong byte is never waited behind.
    ///
    /// # Errors
    /// The first field that does not belong to an answer to this request.
    pub fn check(&self, bytes: &[u8]) -> Result<Progress, Wrong> {
        let word = |at: usize| bytes.get(at..at + 2).map(|two| u16::from_be_bytes([two[0], two[1]]));
        if let Some(came) = word(0).filter(|came| *came != self.transaction) {
            return Err(Wrong::Transaction {
                asked: self.transaction,
                came,
            });
        }
        if let Some(protocol) = word(2).filter(|protocol| *protocol != 0) {
            return Err(Wrong::Protocol(protocol));
        }
        let values_len = HEAD_LEN + 1 + usize::from(self.data_len);
        let announced = word(4).map(|counted| usize::from(counted) + UNCOUNTED);
        if let Some(came) = announced.filter(|came| ![values_len, EXCEPTION_LEN].contains(came)) {
            return Err(Wrong::Length {
                asked: values_len,
                came,
            });
        }
        if let Some(came) = bytes.get(6).copied().filter(|came| *came != self.unit) {
            return Err(Wrong::Unit { asked: self.unit, came });
        }
        let (Some(announced), Some(function)) = (announced, bytes.get(HEAD_LEN - 1).copied()) else {
            return Ok(Progress::More);
        };
        let whole = if function == self.function {
            values_len
        } else if function == self.function | EXCEPTION {
            EXCEPTION_LEN
        } else {
            return Err(Wrong::Function {
                asked: self.function,
                came: function,
            });
        };
        if announced != whole {
            return Err(Wrong::Length {
                asked: whole,
                came: announced,
            });
        }
        if function == self.function
            && let Some(data_len) = bytes.get(HEAD_LEN).filter(|came| **came != self.data_len)
        {
            return Err(Wrong::Length {
                asked: usize::from(self.data_len),
                came: usize::from(*data_len),
            });
        }
        if bytes.len() < whole {
            return Ok(Progress::More);
        }
        Ok(Progress::Whole(whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Transaction 7, unit 3, function 3, address 100, two registers.
    const READ: [u8; 12] = [0, 7, 0, 0, 0, 6, 3, 3, 0, 100, 0, 2];
    const ANSWER: [u8; 13] = [0, 7, 0, 0, 0, 7, 3, 3, 4, 1, 2, 3, 4];

    fn after_change(at: usize, byte: u8) -> Result<Progress, Wrong> {
        let mut answer = ANSWER;
        answer[at] = byte;
        asked(&READ).unwrap().check(&answer)
    }

    #[test]
    fn a_right_answer_is_whole_after_its_last_byte_and_not_before() {
        let asked = asked(&READ).unwrap();
        for len in 0..ANSWER.len() {
            assert_eq!(asked.check(&ANSWER[..len]), Ok(Progress::More), "{len} bytes");
        }
        assert_eq!(asked.check(&ANSWER), Ok(Progress::Whole(13)));
        let mut two = ANSWER.to_vec();
        two.extend(ANSWER);
        assert_eq!(
            asked.check(&two),
            Ok(Progress::Whole(13)),
            "what follows is not part of it"
        );
    }

    #[test]
    fn an_exception_is_an_answer() {
        let refusal = [0, 7, 0, 0, 0, 3, 3, 0x83, 2];
        assert_eq!(asked(&READ).unwrap().check(&refusal), Ok(Progress::Whole(9)));
    }

    #[test]
    fn every_field_of_an_answer_is_checked() {
        assert_eq!(after_change(1, 6), Err(Wrong::Transaction { asked: 7, came: 6 }));
        assert_eq!(after_change(3, 1), Err(Wrong::Protocol(1)));
        assert_eq!(after_change(6, 4), Err(Wrong::Unit { asked: 3, came: 4 }));
        assert_eq!(after_change(7, 4), Err(Wrong::Function { asked: 3, came: 4 }));
        assert_eq!(after_change(7, 0x84), Err(Wrong::Function { asked: 3, came: 0x84 }));
        assert_eq!(after_change(5, 5), Err(Wrong::Length { asked: 13, came: 11 }));
        assert_eq!(
            after_change(4, 255),
            Err(Wrong::Length {
                asked: 13,
                came: 65_293
            })
        );
        assert_eq!(after_change(8, 2), Err(Wrong::Length { asked: 4, came: 2 }));
    }

    #[test]
    fn a_wrong_length_is_noticed_before_the_bytes_it_promises() {
        let asked = asked(&READ).unwrap();
        for length in (0..=255).filter(|length| *length != 3 && *length != 7) {
            let expected = Wrong::Length {
                asked: 13,
                came: usize::from(length) + 6,
            };
            assert_eq!(asked.check(&[0, 7, 0, 0, 0, length]), Err(expected));
        }
    }

    #[test]
    fn nothing_but_a_read_of_a_legal_length_is_sent() {
        let with = |function, count: u16| {
            let mut request = READ;
            request[7] = function;
            request[10..].copy_from_slice(&count.to_be_bytes());
            asked(&request)
        };
        for function in 0..=255 {
            assert_eq!(
                with(function, 2).is_ok(),
                (1..=4).contains(&function),
                "function {function}"
            );
        }
        for (function, most) in [(1, 2_000), (2, 2_000), (3, 125), (4, 125)] {
            assert!(with(function, most).is_ok());
            assert_eq!(with(function, most + 1), Err(Wrong::NotARead));
            assert_eq!(with(function, 0), Err(Wrong::NotARead));
        }
        assert_eq!(asked(&READ[..11]), Err(Wrong::NotARead));
        assert_eq!(asked(&[]), Err(Wrong::NotARead));
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_none_are_waited_for_beyond_the_longest_frame(
            bytes in prop::collection::vec(any::<u8>(), 0..400), start in 0usize..=13, count in 1u16..=125,
        ) {
            let mut request = READ;
            request[10..].copy_from_slice(&count.to_be_bytes());
            let mut answer = ANSWER[..start].to_vec();
            answer.extend(&bytes);
            match asked(&request).unwrap().check(&answer) {
                Ok(Progress::More) => prop_assert!(answer.len() < MAX_FRAME_LEN),
                Ok(Progress::Whole(len)) => prop_assert!(len <= answer.len().min(MAX_FRAME_LEN)),
                Err(wrong) => prop_assert!(!wrong.to_string().is_empty()),
            }
        }

        #[test]
        fn any_request_bytes_end_in_a_read_or_a_refusal(bytes in prop::collection::vec(any::<u8>(), 0..20)) {
            if asked(&bytes).is_ok() {
                prop_assert!((1..=4).contains(&bytes[7]));
            }
        }
    }
}

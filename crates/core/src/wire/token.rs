//! What a token endpoint answers (section 1).

use alloc::string::String;
use core::time::Duration;

use crate::Secret;

use super::json::Json;

/// A longer life is cut to this, ten years: more than any token has, and deadlines stay far from overflow.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Reads the body of a successful answer: the token, and how long it can be used.
///
/// # Errors
/// What is wrong with it, without a word of it.
pub(crate) fn grant(body: &[u8]) -> Result<(Secret, Duration), &'static str> {
    let [token, lifetime] = Json::read_bytes(body)
        .and_then(|json| json.object(&["access_token", "expires_in"]))
        .ok_or("its body is no JSON object")?
        .values;
    let token = token.ok_or("its body has no access_token")?;
    let token = token.string().ok_or("its access_token is no string")?;
    if token.is_empty() {
        return Err("its access_token is empty");
    }
    let lifetime = lifetime.ok_or("its body has no expires_in")?;
    let lifetime = seconds(lifetime.text()).ok_or("its expires_in is no positive number")?;
    Ok((Secret::new(token), lifetime))
}

/// Reads the body of a refusal: the OAuth error code, and its description, empty if there is none.
/// `None` if there is no code in it.
pub(crate) fn refusal(body: &[u8]) -> Option<(String, String)> {
    let names = ["error", "error_description", "description"];
    let [error, long, short] = Json::read_bytes(body)?.object(&names)?.values;
    let words = |json: Json<'_>| json.string().map(String::from);
    Some((words(error?)?, long.and_then(words).or_else(|| short.and_then(words)).unwrap_or_default()))
}

/// The duration that a JSON number of seconds means, to the nanosecond; `None` if it is no positive number.
/// Digit by digit: a float would decide differently from one machine to the next.
fn seconds(number: &str) -> Option<Duration> {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !whole.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut digits = whole.bytes().chain(fraction.bytes()).skip_while(|b| *b == b'0').peekable();
    digits.peek()?;
    let zeros = whole.bytes().chain(fraction.bytes()).take_while(|b| *b == b'0').count();
    let point = i64::try_from(whole.len()).ok()?.saturating_sub(i64::try_from(zeros).ok()?);
    let huge = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
    // The number is 0.d₁d₂d₃… × 10^scale.
    let scale = point.saturating_add(exponent.parse().unwrap_or(huge));
    if scale > 9 {
        return Some(LONGEST);
    }
    let kept = usize::try_from(scale.saturating_add(9)).unwrap_or(0);
    let nanos = digits.map(|b| b - b'0').chain(core::iter::repeat(0)).take(kept);
    let nanos = nanos.fold(0u64, |nanos, digit| nanos * 10 + u64::from(digit));
    Some(Duration::from_nanos(nanos.max(1)).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn lifetime(number: &str) -> Option<Duration> {
        let body = format!(r#"{{"access_token":"t","token_type":7,"expires_in":{number},"x":[]}}"#);
        grant(body.as_bytes()).ok().map(|(_, lifetime)| lifetime)
    }

    #[test]
    fn a_grant_is_a_token_and_its_lifetime() {
        let body = br#" {"access_token":"a\u0062\"c","token_type":"bearer","expires_in":86399} "#;
        let (token, lifetime) = grant(body).unwrap();
        assert_eq!((token.expose(), lifetime), ("ab\"c", Duration::from_secs(86_399)));
    }

    #[test]
    fn any_positive_number_is_a_lifetime() {
        for (number, millis) in [
            ("1", 1000),
            ("0.5", 500),
            ("3600.000", 3_600_000),
            ("3.6e3", 3_600_000),
            ("36E+2", 3_600_000),
            ("0.0036e6", 3_600_000),
            ("3600000e-3", 3_600_000),
            ("100000000", 100_000_000_000),
        ] {
            assert_eq!(lifetime(number), Some(Duration::from_millis(millis)), "{number}");
        }
        assert_eq!(LONGEST.as_secs(), 315_360_000, "ten years");
        for huge in ["2147483648", "1e9", "1e999999999999999999999", &"9".repeat(100_000)] {
            assert_eq!(lifetime(huge), Some(LONGEST), "{huge}");
        }
        for tiny in ["1e-9", "1e-999999999999999999999", "0.00000000000000000001"] {
            assert_eq!(lifetime(tiny), Some(Duration::from_nanos(1)), "{tiny}");
        }
    }

    #[test]
    fn nothing_else_is_one() {
        for number in ["0", "-0", "0.0", "0e9", "-1", "-1e-9", "\"3600\"", "null", "true", "[1]", "{}"] {
            assert_eq!(lifetime(number), None, "{number}");
        }
    }

    #[test]
    fn a_fault_is_named_without_the_token() {
        for (body, why) in [
            ("", "its body is no JSON object"),
            ("CANARY", "its body is no JSON object"),
            ("[\"CANARY\"]", "its body is no JSON object"),
            (r#"{"access_token":"CANARY","expires_in":1"#, "its body is no JSON object"),
            (r#"{"expires_in":1}"#, "its body has no access_token"),
            (r#"{"access_token":["CANARY"],"expires_in":1}"#, "its access_token is no string"),
            (r#"{"access_token":"","expires_in":1}"#, "its access_token is empty"),
            (r#"{"access_token":"CANARY"}"#, "its body has no expires_in"),
            (r#"{"access_token":"CANARY","expires_in":"CANARY"}"#, "its expires_in is no positive number"),
        ] {
            assert_eq!(grant(body.as_bytes()).unwrap_err(), why, "{body}");
        }
        assert!(grant(b"{\"access_token\":\"\xff\",\"expires_in\":1}").is_err());
    }

    #[test]
    fn a_refusal_has_a_code_and_maybe_a_description() {
        for (body, description) in [
            (r#"{"error":"invalid_client"}"#, ""),
            (r#"{"error":"invalid_client","description":"who?"}"#, "who?"),
            (r#"{"error":"invalid_client","description":"who?","error_description":"wh\u006f"}"#, "who"),
            (r#"{"error":"invalid_client","description":"who?","error_description":null}"#, "who?"),
        ] {
            let found = refusal(body.as_bytes());
            assert_eq!(found, Some(("invalid_client".to_string(), description.to_string())), "{body}");
        }
        for body in ["", "{}", "<html>", r#"{"error":7}"#, r#"{"error":{"code":"x"}}"#, "[]"] {
            assert_eq!(refusal(body.as_bytes()), None, "{body}");
        }
    }

    proptest! {
        #[test]
        fn numbers_mean_what_a_float_would(whole in 0u32..400_000_000, fraction in "[0-9]{0,12}", exponent in -12i32..12) {
            let number = if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") };
            let number = format!("{number}e{exponent}");
            let float: f64 = number.parse().unwrap();
            match lifetime(&number) {
                None => prop_assert_eq!(float, 0.0),
                Some(LONGEST) => prop_assert!(float >= 3e8),
                Some(found) => prop_assert!((found.as_secs_f64() - float).abs() <= float * 1e-9 + 2e-9),
            }
        }
    }
}

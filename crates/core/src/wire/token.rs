//! What a token endpoint answers (section 1).

use alloc::string::String;
use core::str;
use core::time::Duration;

use crate::Secret;

use super::json;

/// A longer life is cut to this, ten years: more than any token has, and deadlines stay far from overflow.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Reads the body of a successful answer: the token, and how long it can be used.
///
/// # Errors
/// What is wrong with it, without a word of it.
pub(crate) fn grant(body: &[u8]) -> Result<(Secret, Duration), &'static str> {
    let [token, lifetime] = str::from_utf8(body)
        .ok()
        .and_then(|text| json::object(text, &["access_token", "expires_in"]))
        .ok_or("its body is no JSON object")?
        .values;
    let token = token.ok_or("its body has no access_token")?;
    let token = json::string(token).ok_or("its access_token is no string")?;
    if token.is_empty() {
        return Err("its access_token is empty");
    }
    let lifetime = lifetime.ok_or("its body has no expires_in")?;
    let lifetime = seconds(lifetime).ok_or("its expires_in is no positive number")?;
    Ok((Secret::new(token), lifetime))
}

/// Reads the body of a refusal: the OAuth error code, and its description, empty if there is none.
/// `None` if there is no code in it.
pub(crate) fn refusal(body: &[u8]) -> Option<(String, String)> {
    let text = str::from_utf8(body).ok()?;
    let [error, long, short] = json::object(text, &["error", "error_description", "description"])?.values;
    let words = |raw| json::string(raw).map(String::from);
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

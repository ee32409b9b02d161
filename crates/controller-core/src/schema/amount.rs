//! Quantities in their canonical form, as Kubernetes' server writes them back: `0.5` is `500m`, `1024Mi` is `1Gi`.
//! Source: k8s.io/apimachinery `resource.Quantity`, "Before serializing, Quantity will be put in canonical form".

use alloc::format;
use alloc::string::String;

const NANO: i128 = 1_000_000_000;
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

/// How an amount was written, which is how it is written back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Binary,
    Decimal,
    Exponent,
}

/// The canonical form; `None` if the text is no quantity, or one that is too large to be counted here.
pub(super) fn canonical(text: &str) -> Option<String> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
    let (number, suffix) = digits.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || number.len() > 30 {
        return None;
    }
    let mut mantissa: i128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    let (family, base, power) = scale(suffix)?;
    let mut nanos = mantissa.checked_mul(NANO)?;
    let mut divide = 10i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let factor = i128::from(base).checked_pow(power.unsigned_abs())?;
    if power < 0 {
        divide = divide.checked_mul(factor)?;
    } else {
        nanos = nanos.checked_mul(factor)?;
    }
    // What is finer than a billionth is rounded away from zero.
    nanos = nanos / divide + i128::from(nanos % divide != 0);
    let sign = if negative && nanos != 0 { "-" } else { "" };
    Some(format!("{sign}{}", written(nanos, family)))
}

/// A suffix as a family, a base and a power of it.
fn scale(suffix: &str) -> Option<(Family, i64, i32)> {
    if let Some(at) = DECIMAL.iter().position(|known| *known == suffix) {
        return Some((Family::Decimal, 1000, i32::try_from(at).ok()? - 3));
    }
    if let Some(at) = BINARY.iter().position(|known| *known == suffix) {
        return Some((Family::Binary, 1024, i32::try_from(at).ok()?));
    }
    let power: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    (-30..=30).contains(&power).then_some((Family::Exponent, 10, power))
}

/// The shortest way to write so many billionths without losing any.
fn written(nanos: i128, family: Family) -> String {
    if nanos == 0 {
        return "0".into();
    }
    let whole = nanos / NANO;
    if family == Family::Binary && nanos % NANO == 0 && whole >= 1024 {
        let (mut value, mut at) = (whole, 0);
        while value % 1024 == 0 && at + 1 < BINARY.len() {
            value /= 1024;
            at += 1;
        }
        return format!("{value}{}", BINARY.get(at).unwrap_or(&""));
    }
    let (mut value, mut exponent) = (nanos, -9i32);
    while value % 10 == 0 && exponent < 18 {
        value /= 10;
        exponent += 1;
    }
    while exponent.rem_euclid(3) != 0 {
        value *= 10;
        exponent -= 1;
    }
    if family == Family::Exponent {
        return if exponent == 0 { format!("{value}") } else { format!("{value}e{exponent}") };
    }
    let at = usize::try_from(exponent / 3 + 3).unwrap_or(3);
    format!("{value}{}", DECIMAL.get(at).unwrap_or(&""))
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn amounts_are_written_back_as_kubernetes_does() {
        let check =
            |text: &str, want: Option<&str>| assert_eq!(canonical(text).as_deref(), want, "{text}");
        check("0.5", Some("500m"));
        check("1000m", Some("1"));
        check("1500m", Some("1500m"));
        check("1024Mi", Some("1Gi"));
        check("1.5Gi", Some("1536Mi"));
        check("0.5Gi", Some("512Mi"));
        check("100Ki", Some("100Ki"));
        check("1Ki", Some("1Ki"));
        check("0.5Ki", Some("512"));
        check("1000", Some("1k"));
        check("1024", Some("1024"));
        check("1e3", Some("1e3"));
        check("12E", Some("12E"));
        check("100e-3", Some("100e-3"));
        check("0", Some("0"));
        check("-0", Some("0"));
        check("0Mi", Some("0"));
        check("-250m", Some("-250m"));
        check(".5", Some("500m"));
        check("0.0000000001", Some("1n"));
        check("", None);
        check("-", None);
        check(".", None);
        check("1.2.3", None);
        check("5 Gi", None);
        check("1e99", None);
        check("five", None);
    }
}

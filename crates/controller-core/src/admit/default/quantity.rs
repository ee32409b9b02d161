//! The one way to write a quantity: no fraction, the largest suffix that leaves a whole number, decimal or binary as
//! it was given (k8s.io/apimachinery `resource.Quantity`, "canonical form"). So equal amounts read equal.

use alloc::format;
use alloc::string::{String, ToString};

use serde_json::Value;

/// A billion: quantities are counted in billionths here.
const NANO: i128 = 1_000_000_000;

const DECIMAL: [(&str, i128); 10] = [
    ("E", NANO * 1_000_000_000_000_000_000),
    ("P", NANO * 1_000_000_000_000_000),
    ("T", NANO * 1_000_000_000_000),
    ("G", NANO * 1_000_000_000),
    ("M", NANO * 1_000_000),
    ("k", NANO * 1000),
    ("", NANO),
    ("m", 1_000_000),
    ("u", 1000),
    ("n", 1),
];

const BINARY: [(&str, i128); 7] = [
    ("Ei", NANO << 60),
    ("Pi", NANO << 50),
    ("Ti", NANO << 40),
    ("Gi", NANO << 30),
    ("Mi", NANO << 20),
    ("Ki", NANO << 10),
    ("", NANO),
];

/// Writes a quantity (or a number that stands for one) in its canonical form. What is not a quantity stays as it is.
pub fn canonical(value: &mut Value) {
    let text = match &*value {
        Value::String(text) => text.trim().to_string(),
        Value::Number(number) => number.to_string(),
        _ => return,
    };
    *value = Value::String(rewritten(&text).unwrap_or(text));
}

fn rewritten(text: &str) -> Option<String> {
    let number_end = text.find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c)));
    let (number, suffix) = text.split_at(number_end.unwrap_or(text.len()));
    let units = DECIMAL.iter().chain(&BINARY);
    let unit = units.clone().find(|(s, _)| *s == suffix)?.1;
    let negative = number.starts_with('-');
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if digits.is_empty()
        || digits == "."
        || !plain(whole)
        || !plain(fraction)
        || fraction.len() > 18
    {
        return None;
    }
    let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
    let below = 10i128.pow(u32::try_from(fraction.len()).ok()?);
    let above = mantissa.checked_mul(unit)?;
    // What is finer than a billionth is rounded up.
    let nanos = above / below + i128::from(above % below != 0);
    if nanos == 0 {
        return Some("0".to_string());
    }
    let binary = suffix.ends_with('i') && nanos >= NANO << 10 && nanos % NANO == 0;
    let forms: &[(&str, i128)] = if binary { &BINARY } else { &DECIMAL };
    let (suffix, unit) = forms.iter().find(|(_, unit)| nanos % unit == 0)?;
    let sign = if negative { "-" } else { "" };
    Some(format!("{sign}{}{suffix}", nanos / unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn quantities_are_written_one_way() {
        for (given, want) in [
            (json!("0.5"), "500m"),
            (json!("1000m"), "1"),
            (json!("1024Mi"), "1Gi"),
            (json!("1.5Gi"), "1536Mi"),
            (json!("0.5Ki"), "512"),
            (json!("1000"), "1k"),
            (json!("64Mi"), "64Mi"),
            (json!(2), "2"),
            (json!(0.25), "250m"),
            (json!("-1.0"), "-1"),
            (json!("0.0"), "0"),
            (json!("1e3"), "1e3"),
            (json!("1.2.3"), "1.2.3"),
            (json!("lots"), "lots"),
            (json!("99999999999999999999999999999999Ei"), "99999999999999999999999999999999Ei"),
        ] {
            let mut value = given.clone();
            canonical(&mut value);
            assert_eq!(value, json!(want), "{given}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_amount_stays(number in 0u32..100_000, thousandths in 0u32..1000, unit in 0usize..5) {
            let text = format!("{number}.{thousandths:03}{}", ["", "m", "k", "Mi", "Gi"][unit]);
            let mut value = Value::String(text.clone());
            canonical(&mut value);
            let out = value.as_str().expect("text").to_string();
            proptest::prop_assert_eq!(
                model::quantity::parse_milli(&out), model::quantity::parse_milli(&text), "{} {}", text, out
            );
            let mut again = value.clone();
            canonical(&mut again);
            proptest::prop_assert_eq!(again, value);
        }
    }
}

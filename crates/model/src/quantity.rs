//! Kubernetes quantities: `500m`, `1.5Gi`, `2e3`, in the smallest units that we count in.
//! Source: k8s.io/apimachinery `resource.Quantity`, "the serialization format".

/// An amount in thousandths, as Kubernetes' `MilliValue` counts it. CPU is counted in these (`1500` is one and a half cores).
pub type Milli = i64;

/// Reads a quantity in thousandths, rounded up; amounts too large for it stop at the largest. `None` if it is not a quantity.
pub fn parse_milli(text: &str) -> Option<Milli> {
    scaled(text, 1000)
}

/// Reads a quantity in whole units (bytes for memory and storage), rounded up. `None` if it is not a quantity.
pub fn parse_units(text: &str) -> Option<i64> {
    scaled(text, 1)
}

/// The value of `text` × `per_unit`, rounded away from zero as Kubernetes does.
fn scaled(text: &str, per_unit: i128) -> Option<i64> {
    let number_end = text
        .char_indices()
        .find(|&(i, c)| !(c.is_ascii_digit() || c == '.' || (i == 0 && (c == '+' || c == '-'))))
        .map_or(text.len(), |(i, _)| i);
    let (number, suffix) = text.split_at(number_end);
    let (negative, digits) = match number.as_bytes().first()? {
        b'-' => (true, &number[1..]),
        b'+' => (false, &number[1..]),
        _ => (false, number),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    // More digits than this cannot change an i64 and would overflow the sum below.
    if whole.len() > 20 || fraction.len() > 12 {
        return None;
    }
    let mut mantissa: i128 = 0;
    for c in whole.bytes().chain(fraction.bytes()) {
        mantissa = mantissa * 10 + i128::from(c - b'0');
    }
    let (multiply, divide) = suffix_scale(suffix)?;
    let below = 10i128.pow(u32::try_from(fraction.len()).ok()?).checked_mul(divide)?;
    let above = mantissa.saturating_mul(multiply).saturating_mul(per_unit);
    let magnitude = above / below + i128::from(above % below != 0);
    let value = i64::try_from(magnitude).unwrap_or(i64::MAX);
    Some(if negative { -value } else { value })
}

/// What a suffix multiplies and divides by.
fn suffix_scale(suffix: &str) -> Option<(i128, i128)> {
    Some(match suffix {
        "" => (1, 1),
        "n" => (1, 1_000_000_000),
        "u" => (1, 1_000_000),
        "m" => (1, 1000),
        "k" => (1000, 1),
        "M" => (1_000_000, 1),
        "G" => (1_000_000_000, 1),
        "T" => (1_000_000_000_000, 1),
        "P" => (1_000_000_000_000_000, 1),
        "E" => (1_000_000_000_000_000_000, 1),
        "Ki" => (1 << 10, 1),
        "Mi" => (1 << 20, 1),
        "Gi" => (1 << 30, 1),
        "Ti" => (1 << 40, 1),
        "Pi" => (1 << 50, 1),
        "Ei" => (1 << 60, 1),
        exponent => {
            let power: i32 = exponent.strip_prefix(['e', 'E'])?.parse().ok()?;
            let size = 10i128.pow(power.unsigned_abs().min(18));
            if power < 0 { (1, size) } else { (size, 1) }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read() {
        for (text, milli, units) in [
            ("0", 0, 0),
            ("1", 1000, 1),
            ("500m", 500, 1),
            ("1500m", 1500, 2),
            ("0.1", 100, 1),
            (".5", 500, 1),
            ("1.5Gi", 1_610_612_736_000, 1_610_612_736),
            ("64Mi", 67_108_864_000, 67_108_864),
            ("2e3", 2_000_000, 2000),
            ("100u", 1, 1),
            ("1n", 1, 1),
            ("-1", -1000, -1),
            ("9E", i64::MAX, 9_000_000_000_000_000_000),
        ] {
            assert_eq!(parse_milli(text), Some(milli), "{text}");
            assert_eq!(parse_units(text), Some(units), "{text}");
        }
        for bad in ["", "-", ".", "1.2.3", "1x", "1 Gi", "Gi", "1ki", "1e", "--1"] {
            assert_eq!(parse_milli(bad), None, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,40}") {
            let _ = (parse_milli(&text), parse_units(&text));
        }
    }
}

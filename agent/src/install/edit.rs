//! Setting options in a configuration file that people look after.
//!
//! The law of this module: what is not set stays as it is, byte for byte; setting a value twice changes nothing.

/// Sets an option of a section (empty: before the first) to a value, written as TOML has it: in the line where it is, or where the
/// sample shows it (`#: key = ...`), else as a line of its own.
pub(super) fn set(text: &str, section: &str, key: &str, value: &str) -> String {
    let line = format!("{key} = {value}");
    let mut lines: Vec<&str> = text.lines().collect();
    let found = place(&lines, section, key);
    let header = format!("[{section}]");
    match found {
        Place::At(at) => {
            if let Some(there) = lines.get_mut(at) {
                *there = &line;
            }
        }
        Place::Before(at) => lines.insert(at, &line),
        Place::Nowhere => lines.extend([header.as_str(), line.as_str()]),
    }
    lines.join("\n") + "\n"
}

/// A text, as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    // A basic string of TOML takes all that a string of JSON is written as.
    serde_json::to_string(text).unwrap_or_default()
}

enum Place {
    At(usize),
    Before(usize),
    Nowhere,
}

fn place(lines: &[&str], section: &str, key: &str) -> Place {
    let is =
        |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
    let mut here = section.is_empty();
    let (mut shown, mut end) = (None, here.then_some(0));
    for (at, line) in lines.iter().enumerate() {
        if let Some(name) = line.trim().strip_prefix('[').and_then(|l| l.split(']').next()) {
            here = name == section;
            if here {
                end = Some(at + 1);
            }
            continue;
        }
        if !here {
            continue;
        }
        if is(line.trim_start()) {
            return Place::At(at);
        }
        if line.strip_prefix("#: ").is_some_and(is) {
            shown = Some(at);
        }
        if !line.trim().is_empty() {
            end = Some(at + 1);
        }
    }
    // Comments just before the next section are its own.
    match (shown, end) {
        (Some(at), _) => Place::At(at),
        (None, Some(_)) if section.is_empty() => Place::Before(0),
        (None, Some(at)) => Place::Before(at),
        (None, None) => Place::Nowhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, (section, key, value): (&str, &str, &str), want: &str) {
        let got = set(text, section, key, value);
        assert_eq!(got, want);
        assert_eq!(set(&got, section, key, value), want, "setting it twice");
    }

    #[test]
    fn options_are_set_where_they_are() {
        let url = ("controller", "url", "\"b\"");
        check("[controller]\nurl = \"a\"\n", url, "[controller]\nurl = \"b\"\n");
        check("[controller]\n#: url = \"a\"\n", url, "[controller]\nurl = \"b\"\n");
        check("url = 1\n[controller]\n# why\n", url, "url = 1\n[controller]\n# why\nurl = \"b\"\n");
        check(
            "[controller]\n\n[other]\nurl = 2\n",
            url,
            "[controller]\nurl = \"b\"\n\n[other]\nurl = 2\n",
        );
        check("[other]\n", url, "[other]\n[controller]\nurl = \"b\"\n");
        check("[controller]\nurl_x = 1\n", url, "[controller]\nurl_x = 1\nurl = \"b\"\n");
    }

    #[test]
    fn options_before_the_first_section_are_found_there_only() {
        let name = ("", "node_name", "\"n\"");
        check("", name, "node_name = \"n\"\n");
        check("# it\n#: node_name = \"x\"\n[a]\n", name, "# it\nnode_name = \"n\"\n[a]\n");
        check("[a]\nnode_name = 1\n", name, "node_name = \"n\"\n[a]\nnode_name = 1\n");
    }

    #[test]
    fn the_sample_takes_every_option() {
        let sample = include_str!("../../../config/agent.toml");
        let text = set(sample, "controller", "url", &quoted("mqtts://c.example:8883"));
        let text = set(&text, "", "labels", "{ \"site\" = \"a\\\"b\" }");
        assert_eq!(text.lines().count(), sample.lines().count());
        let read: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!(read["controller"]["url"].as_str(), Some("mqtts://c.example:8883"));
        assert_eq!(read["labels"]["site"].as_str(), Some("a\"b"));
    }
}

//! Label selectors as clients write them: `app=web,tier in (front,back),!old`. Grammar and error texts are those of
//! k8s.io/apimachinery `labels.Parse`.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::pod::LabelSelector as Document;
use serde_json::Value;

use super::check::names;

/// A label selector; the empty one selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    /// All of these must hold.
    pub requirements: Vec<Requirement>,
}

/// One rule on one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// The rule.
    pub operator: Operator,
    /// Its values, sorted, none twice.
    pub values: Vec<String>,
}

/// What a requirement asks of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Is there, with one of the values.
    In,
    /// Is not there, or has none of the values.
    NotIn,
    /// Is there.
    Exists,
    /// Is not there.
    DoesNotExist,
    /// Is there, with a number above the value.
    GreaterThan,
    /// Is there, with a number below the value.
    LessThan,
}

/// Why a text is not a label selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadSelector(pub String);

impl LabelSelector {
    /// Reads a selector.
    ///
    /// # Errors
    /// If it is not one; the text is the one that Kubernetes answers with.
    pub fn parse(text: &str) -> Result<Self, BadSelector> {
        Parser { tokens: tokens(text), at: 0 }.selector().map_err(BadSelector)
    }

    /// Whether it selects everything.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether an object is selected whose labels this function reads.
    pub fn matches<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.requirements.iter().all(|r| r.matches(label(&r.key)))
    }
}

impl Requirement {
    fn matches(&self, value: Option<&str>) -> bool {
        let listed = |v: &str| self.values.iter().any(|x| x == v);
        let compare = |holds: fn(&i64, &i64) -> bool| {
            let wanted = self.values.first().and_then(|v| v.parse().ok());
            let have = value.and_then(|v| v.parse().ok());
            matches!((have, wanted), (Some(h), Some(w)) if holds(&h, &w))
        };
        match self.operator {
            Operator::In => value.is_some_and(listed),
            Operator::NotIn => !value.is_some_and(listed),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan => compare(i64::gt),
            Operator::LessThan => compare(i64::lt),
        }
    }
}

/// The text of a `LabelSelector` document, as `FormatLabelSelector` writes it; `<none>` for one that is missing or empty.
pub fn format_document(selector: Option<&Value>) -> String {
    let document: Document =
        selector.and_then(|s| serde::Deserialize::deserialize(s).ok()).unwrap_or_default();
    let mut parts: Vec<(String, String)> = Vec::new();
    for (key, value) in &document.match_labels {
        parts.push((key.clone(), format!("{key}={value}")));
    }
    for rule in &document.match_expressions {
        let mut values = rule.values.clone();
        values.sort();
        let (key, list) = (&rule.key, values.join(","));
        let text = match rule.operator.as_str() {
            "In" => format!("{key} in ({list})"),
            "NotIn" => format!("{key} notin ({list})"),
            "Exists" => key.clone(),
            "DoesNotExist" => format!("!{key}"),
            _ => continue,
        };
        parts.push((key.clone(), text));
    }
    if parts.is_empty() {
        return "<none>".to_owned();
    }
    parts.sort();
    parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(",")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Symbol(&'static str),
    End,
}

impl Token<'_> {
    fn text(self) -> String {
        match self {
            Self::Word(w) => w.to_string(),
            Self::Symbol(s) => s.to_string(),
            Self::End => String::new(),
        }
    }
}

/// The longest come first, so that `==` is not read as two.
const SYMBOLS: [&str; 9] = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"];

fn tokens(text: &str) -> Vec<Token<'_>> {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let mut out = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        if let Some(symbol) = SYMBOLS.into_iter().find(|s| rest.starts_with(s)) {
            out.push(Token::Symbol(symbol));
            rest = &rest[symbol.len()..];
        } else {
            let ends = |c: char| is_space(c) || "=!(),><".contains(c);
            let (word, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
            out.push(Token::Word(word));
            rest = after;
        }
        rest = rest.trim_start_matches(is_space);
    }
    out
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

const COMMA: Token<'static> = Token::Symbol(",");
const CLOSE: Token<'static> = Token::Symbol(")");

impl<'a> Parser<'a> {
    fn peek(&self) -> Token<'a> {
        self.tokens.get(self.at).copied().unwrap_or(Token::End)
    }

    fn take(&mut self) -> Token<'a> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn selector(&mut self) -> Result<LabelSelector, String> {
        let mut requirements = Vec::new();
        loop {
            match self.peek() {
                Token::Word(_) | Token::Symbol("!") => {}
                Token::End => return Ok(LabelSelector { requirements }),
                other => {
                    return Err(format!(
                        "found '{}', expected: !, identifier, or 'end of string'",
                        other.text()
                    ));
                }
            }
            let requirement =
                self.requirement().map_err(|e| format!("unable to parse requirement: {e}"))?;
            requirements.push(requirement);
            match self.take() {
                Token::End => return Ok(LabelSelector { requirements }),
                COMMA => match self.peek() {
                    Token::Word(_) | Token::Symbol("!") => {}
                    other => {
                        let found = other.text();
                        return Err(format!("found '{found}', expected: identifier after ','"));
                    }
                },
                other => {
                    let found = other.text();
                    return Err(format!("found '{found}', expected: ',' or 'end of string'"));
                }
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let mut token = self.take();
        let denied = token == Token::Symbol("!");
        if denied {
            token = self.take();
        }
        let Token::Word(key) = token else {
            return Err(format!("found '{}', expected: identifier", token.text()));
        };
        if let Some(why) = names::qualified_name(key).first() {
            return Err(format!("key: Invalid value: {key:?}: {why}"));
        }
        let rule = |operator, values| Ok(Requirement { key: key.to_owned(), operator, values });
        if denied {
            return rule(Operator::DoesNotExist, Vec::new());
        }
        if matches!(self.peek(), Token::End | COMMA) {
            return rule(Operator::Exists, Vec::new());
        }
        let (operator, values) = match self.take() {
            Token::Word("in") => (Operator::In, self.values()?),
            Token::Word("notin") => (Operator::NotIn, self.values()?),
            Token::Symbol("=" | "==") => (Operator::In, alloc::vec![self.value()?]),
            Token::Symbol("!=") => (Operator::NotIn, alloc::vec![self.value()?]),
            Token::Symbol(">") => (Operator::GreaterThan, alloc::vec![self.value()?]),
            Token::Symbol("<") => (Operator::LessThan, alloc::vec![self.value()?]),
            other => {
                let found = other.text();
                return Err(format!("found '{found}', expected: in, notin, =, ==, !=, gt, lt"));
            }
        };
        check_values(key, operator, &values)?;
        rule(operator, values)
    }

    fn value(&mut self) -> Result<String, String> {
        if matches!(self.peek(), Token::End | COMMA) {
            return Ok(String::new());
        }
        match self.take() {
            Token::Word(w) => Ok(w.to_owned()),
            other => Err(format!("found '{}', expected: identifier", other.text())),
        }
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        let open = self.take();
        if open != Token::Symbol("(") {
            return Err(format!("found '{}' expected: '('", open.text()));
        }
        let mut values: Vec<String> = Vec::new();
        if self.peek() == CLOSE {
            self.at += 1;
            return Ok(values);
        }
        // A missing value between commas is the empty one.
        loop {
            match self.peek() {
                Token::Word(w) => {
                    self.at += 1;
                    values.push(w.to_owned());
                }
                COMMA | CLOSE => values.push(String::new()),
                other => {
                    return Err(format!("found '{}', expected: ',', or identifier", other.text()));
                }
            }
            match self.take() {
                COMMA => {}
                CLOSE => break,
                other => return Err(format!("found '{}', expected: ',' or ')'", other.text())),
            }
        }
        values.sort();
        values.dedup();
        Ok(values)
    }
}

fn check_values(key: &str, operator: Operator, values: &[String]) -> Result<(), String> {
    match operator {
        Operator::In | Operator::NotIn if values.is_empty() => {
            return Err(
                "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty"
                    .to_owned(),
            );
        }
        Operator::GreaterThan | Operator::LessThan
            if values.iter().any(|v| v.parse::<i64>().is_err()) =>
        {
            let value = values.first().map_or("", String::as_str);
            return Err(format!(
                "values[0]: Invalid value: {value:?}: for 'Gt', 'Lt' operators, the value must be an integer"
            ));
        }
        _ => {}
    }
    for (at, value) in values.iter().enumerate() {
        if let Some(why) = names::label_value(value).first() {
            return Err(format!("values[{at}][{key}]: Invalid value: {value:?}: {why}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;

    fn labels(text: &str) -> BTreeMap<String, String> {
        text.split(',')
            .filter_map(|pair| pair.split_once('='))
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect()
    }

    #[test]
    fn selectors_select() {
        for (selector, have, want) in [
            ("", "a=b", true),
            ("a=b", "a=b", true),
            ("a==b", "a=b", true),
            ("a=b,c!=d", "a=b,c=d", false),
            ("a=b,c!=d", "a=b", true),
            ("e in (x,y)", "e=y", true),
            ("e in (x, y)", "e=z", false),
            ("e in (x,y)", "", false),
            ("g notin (x)", "", true),
            ("g notin (x)", "g=x", false),
            ("!f", "f=1", false),
            ("!f", "a=b", true),
            (" f ", "f=1", true),
            ("f", "", false),
            ("n>3", "n=4", true),
            ("n<3", "n=4", false),
            ("n>3", "n=x", false),
            ("a=", "a=", true),
            ("a=,b=c", "b=c", false),
            ("a in (,x)", "a=", true),
            ("in in (in)", "in=in", true),
            ("app.kubernetes.io/name=web", "app.kubernetes.io/name=web", true),
        ] {
            let parsed = LabelSelector::parse(selector).expect(selector);
            let have = labels(have);
            let got = parsed.matches(|k| have.get(k).map(String::as_str));
            assert_eq!(got, want, "{selector} on {have:?}");
        }
    }

    #[test]
    fn bad_selectors_are_told_as_kubernetes_tells_them() {
        for (selector, want) in [
            ("a===", "unable to parse requirement: found '=', expected: identifier"),
            ("a=b,", "found '', expected: identifier after ','"),
            ("=a", "found '=', expected: !, identifier, or 'end of string'"),
            ("!", "unable to parse requirement: found '', expected: identifier"),
            ("!a=b", "found '=', expected: ',' or 'end of string'"),
            (
                "a b",
                "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
            ),
            ("a in x", "unable to parse requirement: found 'x' expected: '('"),
            ("a in (x", "unable to parse requirement: found '', expected: ',' or ')'"),
            (
                "a in ()",
                "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
            ),
        ] {
            assert_eq!(LabelSelector::parse(selector), Err(BadSelector(want.into())), "{selector}");
        }
        assert!(LabelSelector::parse("a=b=c").is_err());
        assert!(LabelSelector::parse("_x=1").is_err());
        assert!(LabelSelector::parse("a=-").is_err());
    }

    #[test]
    fn documents_are_formatted() {
        for (document, want) in [
            (serde_json::json!({"matchLabels": {"b": "2", "a": "1"}}), "a=1,b=2"),
            (serde_json::json!({}), "<none>"),
            (
                serde_json::json!({"matchExpressions": [
                    {"key": "x", "operator": "In", "values": ["b", "a"]},
                    {"key": "y", "operator": "DoesNotExist"}
                ]}),
                "x in (a,b),!y",
            ),
        ] {
            assert_eq!(format_document(Some(&document)), want);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_answered(text in "[ a-z=!(),<>in]{0,24}") {
            let _ = LabelSelector::parse(&text);
        }

        #[test]
        fn what_equals_asks_for_is_selected(
            have in proptest::collection::btree_map("[a-z]{1,4}", "[a-z0-9]{0,4}", 1..5)
        ) {
            let pairs: Vec<String> = have.iter().map(|(k, v)| format!("{k}={v}")).collect();
            let parsed = LabelSelector::parse(&pairs.join(",")).expect("a plain selector");
            proptest::prop_assert!(parsed.matches(|k| have.get(k).map(String::as_str)));
            // Taking any one label away must unselect.
            for gone in have.keys() {
                let left = |k: &str| have.get(k).filter(|_| k != gone).map(String::as_str);
                proptest::prop_assert!(!parsed.matches(left));
            }
        }
    }
}

//! Where a value stands in an object: the part of JSONPath (k8s.io/client-go `util/jsonpath`) that definitions use.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

/// Longer paths are refused.
const CHARS_MAX: usize = 1024;
/// So many values a path finds at most: more are of no use in a cell.
const FOUND_MAX: usize = 4096;

/// A path, ready for use.
#[derive(Clone, Debug)]
pub(super) struct JsonPath {
    /// As it was given.
    pub(super) text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// A field.
    Field(String),
    /// An element; below zero: from the end.
    Element(i64),
    /// Elements from, to, every so many.
    Slice(Option<i64>, Option<i64>, usize),
    /// All fields or elements.
    All,
    /// This value and all below it.
    Deep,
    /// The elements that fit.
    Where(Box<Condition>),
}

/// `@.type=="Ready"`; without an operator: the path finds something.
#[derive(Clone, Debug, PartialEq)]
struct Condition {
    left: Operand,
    rest: Option<(Op, Operand)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Path(Vec<Step>),
    Literal(Value),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Op {
    Equal,
    Differs,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

impl JsonPath {
    /// Reads a path, e.g. `.status.conditions[?(@.type=="Ready")].status`.
    ///
    /// # Errors
    /// What is not understood.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
        if text.len() > CHARS_MAX {
            return Err(format!("is longer than {CHARS_MAX} characters"));
        }
        let rest = inner.strip_prefix('$').unwrap_or(inner);
        if !rest.is_empty() && !rest.starts_with(['.', '[']) {
            return Err("must begin with '.'".to_owned());
        }
        let mut reader = Reader { rest };
        let steps = reader.steps()?;
        if !reader.rest.is_empty() {
            return Err(format!("unexpected {:?}", reader.rest));
        }
        Ok(Self { text: text.to_owned(), steps })
    }

    /// The fields that it names, one below the other, if it does nothing else.
    pub(super) fn fields(&self) -> Option<Vec<String>> {
        let field = |step: &Step| match step {
            Step::Field(name) => Some(name.clone()),
            _ => None,
        };
        self.steps.iter().map(field).collect()
    }

    /// The first value that it finds.
    pub(super) fn first<'a>(&self, doc: &'a Value) -> Option<&'a Value> {
        find(&self.steps, doc).into_iter().next()
    }
}

fn find<'a>(steps: &[Step], doc: &'a Value) -> Vec<&'a Value> {
    let mut found = alloc::vec![doc];
    for step in steps {
        let mut next = Vec::new();
        for value in found {
            take(step, value, &mut next);
            if next.len() > FOUND_MAX {
                next.truncate(FOUND_MAX);
                break;
            }
        }
        found = next;
    }
    found
}

fn take<'a>(step: &Step, value: &'a Value, out: &mut Vec<&'a Value>) {
    let elements = value.as_array().map_or(&[][..], Vec::as_slice);
    let place = |at: i64| {
        let at = if at < 0 { at + elements.len() as i64 } else { at };
        usize::try_from(at).unwrap_or(0).min(elements.len())
    };
    match step {
        Step::Field(name) => out.extend(value.get(name)),
        Step::Element(at) => {
            let at = if *at < 0 { at + elements.len() as i64 } else { *at };
            out.extend(usize::try_from(at).ok().and_then(|at| elements.get(at)));
        }
        Step::Slice(from, to, every) => {
            let (from, to) = (from.map_or(0, place), to.map_or(elements.len(), place));
            out.extend(elements.get(from..to).into_iter().flatten().step_by(*every));
        }
        Step::All => match value {
            Value::Object(fields) => out.extend(fields.values()),
            _ => out.extend(elements),
        },
        Step::Deep => {
            let mut left = alloc::vec![value];
            while let Some(value) = left.pop().filter(|_| out.len() <= FOUND_MAX) {
                out.push(value);
                match value {
                    Value::Object(fields) => left.extend(fields.values().rev()),
                    Value::Array(elements) => left.extend(elements.iter().rev()),
                    _ => {}
                }
            }
        }
        Step::Where(condition) => out.extend(elements.iter().filter(|e| condition.holds(e))),
    }
}

impl Condition {
    fn holds(&self, element: &Value) -> bool {
        let value = |operand: &Operand| match operand {
            Operand::Literal(value) => Some(value.clone()),
            Operand::Path(steps) => find(steps, element).first().map(|v| (*v).clone()),
        };
        let Some(left) = value(&self.left) else { return false };
        let Some((op, right)) = &self.rest else { return true };
        let Some(right) = value(right) else { return false };
        let order = match (&left, &right) {
            (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
            (Value::Number(a), Value::Number(b)) => {
                a.as_f64().zip(b.as_f64()).and_then(|(a, b)| a.partial_cmp(&b))
            }
            _ => None,
        };
        match (op, order) {
            (Op::Equal, _) => left == right,
            (Op::Differs, _) => left != right,
            (Op::Less, Some(order)) => order.is_lt(),
            (Op::LessOrEqual, Some(order)) => order.is_le(),
            (Op::More, Some(order)) => order.is_gt(),
            (Op::MoreOrEqual, Some(order)) => order.is_ge(),
            (_, None) => false,
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn eat(&mut self, token: &str) -> bool {
        let after = self.rest.strip_prefix(token);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn steps(&mut self) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            if self.eat("..") {
                steps.push(Step::Deep);
                if !self.rest.starts_with('[') {
                    steps.push(self.name()?);
                }
            } else if self.eat(".") {
                // A lone dot is the object itself.
                if !(self.rest.is_empty() || self.rest.starts_with('[')) {
                    steps.push(self.name()?);
                }
            } else if self.eat("[") {
                steps.push(self.bracket()?);
            } else {
                return Ok(steps);
            }
        }
    }

    /// A field's name; a backslash takes the next character as it is.
    fn name(&mut self) -> Result<Step, String> {
        let mut name = String::new();
        let mut chars = self.rest.char_indices();
        let mut end = self.rest.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, c)) => name.push(c),
                    None => return Err("ends with a backslash".to_owned()),
                },
                c if ".[]()=!<>{}|&,".contains(c) || c.is_whitespace() => {
                    end = at;
                    break;
                }
                c => name.push(c),
            }
        }
        self.rest = &self.rest[end..];
        match name.as_str() {
            "" => Err(format!("a name is missing before {:?}", self.rest)),
            "*" => Ok(Step::All),
            _ => Ok(Step::Field(name)),
        }
    }

    fn bracket(&mut self) -> Result<Step, String> {
        if self.eat("?(") {
            let condition = self.condition()?;
            return if self.eat(")]") {
                Ok(Step::Where(Box::new(condition)))
            } else {
                Err("unterminated filter".to_owned())
            };
        }
        if self.rest.starts_with(['\'', '"']) {
            let Value::String(name) = self.literal()? else { return Err("bad name".to_owned()) };
            return if self.eat("]") {
                Ok(Step::Field(name))
            } else {
                Err("unterminated array".to_owned())
            };
        }
        let (inside, rest) = self.rest.split_once(']').ok_or("unterminated array")?;
        self.rest = rest;
        let number = |text: &str| match text.trim() {
            "" => Ok(None),
            text => {
                text.parse::<i64>().map(Some).map_err(|_| format!("invalid array index {text}"))
            }
        };
        let parts: Vec<&str> = inside.split(':').collect();
        match parts.as_slice() {
            ["*"] => Ok(Step::All),
            [at] => number(at)?.map(Step::Element).ok_or_else(|| "an index is missing".to_owned()),
            [from, to] => Ok(Step::Slice(number(from)?, number(to)?, 1)),
            [from, to, every] => {
                let every = number(every)?.and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
                Ok(Step::Slice(number(from)?, number(to)?, every.ok_or("step must be > 0")?))
            }
            _ => Err(format!("invalid array index {inside}")),
        }
    }

    fn condition(&mut self) -> Result<Condition, String> {
        let left = self.operand()?;
        self.rest = self.rest.trim_start();
        let all = [
            ("==", Op::Equal),
            ("!=", Op::Differs),
            ("<=", Op::LessOrEqual),
            (">=", Op::MoreOrEqual),
            ("<", Op::Less),
            (">", Op::More),
        ];
        let op = all.into_iter().find(|(text, _)| self.eat(text)).map(|(_, op)| op);
        let rest = op.map(|op| Ok::<_, String>((op, self.operand()?))).transpose()?;
        self.rest = self.rest.trim_start();
        Ok(Condition { left, rest })
    }

    fn operand(&mut self) -> Result<Operand, String> {
        self.rest = self.rest.trim_start();
        if self.eat("@") {
            return Ok(Operand::Path(self.steps()?));
        }
        self.literal().map(Operand::Literal)
    }

    /// A quoted text, a number, `true`, `false`.
    fn literal(&mut self) -> Result<Value, String> {
        if let Some(quote) = self.rest.chars().next().filter(|c| ['"', '\''].contains(c)) {
            let mut text = String::new();
            let mut chars = self.rest.char_indices().skip(1);
            while let Some((at, c)) = chars.next() {
                match c {
                    '\\' => text.extend(chars.next().map(|(_, c)| c)),
                    c if c == quote => {
                        self.rest = &self.rest[at + 1..];
                        return Ok(Value::String(text));
                    }
                    c => text.push(c),
                }
            }
            return Err("unterminated text".to_owned());
        }
        let end = self.rest.find([')', '=', '!', '<', '>', ' ']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        let read = serde_json::from_str::<Value>(word).ok();
        read.filter(|v| v.is_number() || v.is_boolean())
            .ok_or_else(|| format!("unrecognized {word:?}"))
    }
}

/// A value as text (k8s.io/client-go prints it so): texts plain, the rest as JSON.
pub(super) fn printed(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_find_what_they_name() {
        let doc = json!({
            "metadata": {"name": "n", "annotations": {"a.b/c": "x"}},
            "spec": {"n": [1, 2, 3], "list": [{"k": "a", "v": 1}, {"k": "b", "v": 2}]},
            "status": {"conditions": [
                {"type": "Ready", "status": "True"}, {"type": "Stale", "status": "False"},
            ]},
        });
        for (path, want) in [
            (".metadata.name", Some("n")),
            ("{.metadata.name}", Some("n")),
            (".metadata.annotations.a\\.b/c", Some("x")),
            (".metadata.annotations['a.b/c']", Some("x")),
            (".status.conditions[?(@.type==\"Ready\")].status", Some("True")),
            (".status.conditions[?(@.type == 'Stale')].status", Some("False")),
            (".status.conditions[?(@.type!='Ready')].status", Some("False")),
            (".status.conditions[?(@.nothing)].status", None),
            (".status.conditions[-1:].type", Some("Stale")),
            (".spec.n[0]", Some("1")),
            (".spec.n[-1]", Some("3")),
            (".spec.n[1:]", Some("2")),
            (".spec.n[9]", None),
            (".spec.list[?(@.v>1)].k", Some("b")),
            (".spec.list[*].v", Some("1")),
            ("..v", Some("1")),
            (".spec.nothing.at.all", None),
        ] {
            let read = JsonPath::read(path).unwrap_or_else(|e| panic!("{path}: {e}"));
            assert_eq!(read.first(&doc).map(printed).as_deref(), want, "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for bad in ["spec", ".a[", ".a[x]", ".a[?(@.b==)]", ".a[?(@.b", ".a\\", ".a b", ".a[::0]"] {
            assert!(JsonPath::read(bad).is_err(), "{bad}");
        }
        assert!(JsonPath::read(&("[?(@".repeat(100) + ")]")).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_answered(text in "[.a\\[\\]?(@)=\"'*:0-9\\\\-]{0,24}") {
            if let Ok(path) = JsonPath::read(&text) {
                let _ = path.first(&json!({"a": [{"a": 1}, 2]}));
            }
        }
    }
}

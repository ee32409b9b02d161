//! Schemas that are joined: all of them, any, one, none.
//!
//! The law here: a part is looked at twice at most, and only once where no error is to be told, so that parts within
//! parts do not double the work.

use alloc::format;
use alloc::vec::Vec;

use serde_json::Value;

use super::schema::{Rules, Schema};
use super::validate::Judge;
use crate::admit::check::field::Path;

impl Judge {
    pub(super) fn junctors(&mut self, rules: &Rules, value: &Value, path: &Path) {
        let at = path.as_str();
        if !rules.any_of.is_empty() && !rules.any_of.iter().any(|s| self.fits(s, value)) {
            self.composite(format!("\"{at}\" must validate at least one schema (anyOf)"));
            self.nearest(&rules.any_of, value, path);
        }
        if !rules.one_of.is_empty() {
            let fitting = rules.one_of.iter().filter(|s| self.fits(s, value)).count();
            match fitting {
                1 => {}
                0 => {
                    self.composite(format!(
                        "\"{at}\" must validate one and only one schema (oneOf). Found none valid"
                    ));
                    self.nearest(&rules.one_of, value, path);
                }
                count => self.composite(format!(
                    "\"{at}\" must validate one and only one schema (oneOf). Found {count} valid alternatives"
                )),
            }
        }
        let before = self.errors.len();
        let mut failed = 0;
        for part in &rules.all_of {
            let count = self.errors.len();
            self.value(part, value, path);
            failed += usize::from(self.errors.len() > count);
        }
        if failed > 0 {
            let none = if failed == rules.all_of.len() { ". None validated" } else { "" };
            let why = format!("\"{at}\" must validate all the schemas (allOf){none}");
            let error = Path::new("<nil>").invalid("", &why);
            self.errors.insert(before, error);
        }
        if rules.not.as_ref().is_some_and(|not| self.fits(not, value)) {
            self.composite(format!("\"{at}\" must not validate the schema (not)"));
        }
    }

    /// Tells what is wrong by the schema that fits best.
    fn nearest(&mut self, schemas: &[Schema], value: &Value, path: &Path) {
        if self.errors.len() >= self.max {
            return;
        }
        let max = self.max;
        let told = schemas.iter().map(|schema| self.told(schema, value, path, max));
        if let Some(least) = told.min_by_key(Vec::len) {
            self.errors.extend(least);
        }
    }
}

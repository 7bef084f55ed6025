//! From text to a program, checking everything that the engines rely on.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Error;
use crate::names::{Names, input, output, place, spelled};
use crate::program::{Input, Op, Opcode, Operand, Output, Program, Section};

const MOST_STATES: usize = 16;
const MOST_PARAMS: usize = 64;
const MOST_OPS: usize = 4096;

impl Program {
    /// Reads the text form and checks it: every operand is defined before its use, every output is given once,
    /// conditions only choose.
    ///
    /// # Errors
    /// The first line that breaks a rule, as an [`Error`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut lines = Lines::new(text);
        let (line, version) = lines.next();
        if version != "spikelet-program 1" {
            return Err(frame(line, "spikelet-program 1", version));
        }
        let states = lines.names("states", "states ...", MOST_STATES)?;
        if let Some(name) = states
            .iter()
            .find(|name| matches!(name.as_str(), "x" | "z"))
        {
            return Err(Error::Reserved {
                line: lines.line,
                name: name.clone(),
            });
        }
        let (line, name) = lines.entry("membrane", "membrane ...")?;
        let membrane = place(&states, name).ok_or_else(|| Error::Membrane {
            line,
            name: name.to_owned(),
        })?;
        let step_params = lines.names("step_params", "step_params ...", MOST_PARAMS)?;
        let threshold =
            place(&step_params, "threshold").ok_or(Error::Threshold { line: lines.line })?;
        let slope_params = lines.names("slope_params", "slope_params ...", MOST_PARAMS)?;
        let step = Names {
            states: &states,
            params: &step_params,
        };
        let surrogate = Names {
            states: &states,
            params: &slope_params,
        };
        let charge = section(&mut lines, &CHARGE, step)?;
        let fire = section(&mut lines, &FIRE, step)?;
        let slope = section(&mut lines, &SLOPE, surrogate)?;
        let adjoint = section(&mut lines, &ADJOINT, step)?;
        let (line, end) = lines.next();
        if end != "end" {
            return Err(frame(line, "end", end));
        }
        Ok(Self {
            states,
            membrane,
            step_params,
            slope_params,
            threshold,
            charge,
            fire,
            slope,
            adjoint,
        })
    }
}

/// The lines, with the number of the last one given.
struct Lines<'a> {
    rest: core::str::Lines<'a>,
    line: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text.lines(),
            line: 0,
        }
    }

    /// The next line and its number; empty past the end.
    fn next(&mut self) -> (usize, &'a str) {
        self.line += 1;
        (self.line, self.rest.next().unwrap_or_default().trim())
    }

    /// What follows `word` on the next line.
    fn entry(&mut self, word: &str, rule: &'static str) -> Result<(usize, &'a str), Error> {
        let (line, text) = self.next();
        match text.strip_prefix(word) {
            Some(rest) if rest.is_empty() || rest.starts_with(' ') => Ok((line, rest.trim())),
            _ => Err(frame(line, rule, text)),
        }
    }

    fn names(&mut self, word: &str, rule: &'static str, most: usize) -> Result<Vec<String>, Error> {
        let (line, text) = self.entry(word, rule)?;
        let mut names: Vec<String> = Vec::new();
        for name in text.split_whitespace() {
            if place(&names, name).is_some() {
                return Err(Error::NameTwice {
                    line,
                    name: name.to_owned(),
                });
            }
            names.push(name.to_owned());
        }
        limit(line, "names", most, names.len())?;
        Ok(names)
    }
}

/// What one section may read and what it gives.
struct Kind {
    name: &'static str,
    header: &'static str,
    reads: fn(Input) -> bool,
    gives: fn(Output) -> bool,
}

const CHARGE: Kind = Kind {
    name: "charge",
    header: "section charge",
    reads: |input| matches!(input, Input::X | Input::State(_) | Input::Param(_)),
    gives: |output| matches!(output, Output::Charged(_)),
};

const FIRE: Kind = Kind {
    name: "fire",
    header: "section fire",
    reads: |input| matches!(input, Input::Charged(_) | Input::Param(_)),
    gives: |output| matches!(output, Output::Spike | Output::State(_)),
};

const SLOPE: Kind = Kind {
    name: "slope",
    header: "section slope",
    reads: |input| matches!(input, Input::Distance | Input::Param(_)),
    gives: |output| matches!(output, Output::Slope),
};

const ADJOINT: Kind = Kind {
    name: "adjoint",
    header: "section adjoint",
    reads: |input| !matches!(input, Input::Distance),
    gives: |output| {
        matches!(
            output,
            Output::GradInput | Output::GradState(_) | Output::GradParam(_)
        )
    },
};

fn section(lines: &mut Lines<'_>, kind: &Kind, names: Names<'_>) -> Result<Section, Error> {
    let (line, header) = lines.next();
    if header != kind.header {
        return Err(frame(line, kind.header, header));
    }
    let mut section = Section::default();
    // The line after the section belongs to the next one, so look before taking it.
    while let Some(text) = lines.rest.clone().next().map(str::trim) {
        if text == "end" || text.starts_with("section ") {
            break;
        }
        let (line, text) = lines.next();
        let reader = Reader { line, kind, names };
        if text.starts_with('%') {
            reader.operation(text, &mut section)?;
        } else {
            reader.output(text, &mut section)?;
        }
    }
    complete(&mut section, kind, names, lines.line)?;
    Ok(section)
}

/// Checks that nothing is missing, and puts the outputs in order.
fn complete(
    section: &mut Section,
    kind: &Kind,
    names: Names<'_>,
    line: usize,
) -> Result<(), Error> {
    let states = 0..names.states.len();
    let mut order: Vec<Output> = Vec::new();
    order.extend(states.clone().map(Output::Charged));
    order.push(Output::Spike);
    order.extend(states.clone().map(Output::State));
    order.extend([Output::Slope, Output::GradInput]);
    order.extend(states.map(Output::GradState));
    for &output in order.iter().filter(|output| (kind.gives)(**output)) {
        if section.output(output).is_none() {
            return Err(Error::Missing {
                line,
                section: kind.name,
                name: spelled(output, names),
            });
        }
    }
    order.extend((0..names.params.len()).map(Output::GradParam));
    let rank = |output: &Output| order.iter().position(|one| one == output);
    section.outputs.sort_by_key(|(output, _)| rank(output));
    Ok(())
}

/// Reads one line of a section.
struct Reader<'a> {
    line: usize,
    kind: &'a Kind,
    names: Names<'a>,
}

impl Reader<'_> {
    fn operation(&self, text: &str, section: &mut Section) -> Result<(), Error> {
        let line = self.line;
        let unclear = || Error::Line {
            line,
            found: text.to_owned(),
        };
        let (result, rest) = text.split_once(" = ").ok_or_else(unclear)?;
        let expected = section.ops.len();
        if result != format!("%{expected}") {
            return Err(Error::Number {
                line,
                expected,
                found: result.to_owned(),
            });
        }
        limit(line, "operations of one section", MOST_OPS, expected + 1)?;
        let mut words = rest.split_whitespace();
        let name = words.next().ok_or_else(unclear)?;
        let code = Opcode::named(name).ok_or_else(|| Error::Operation {
            line,
            name: name.to_owned(),
        })?;
        let words: Vec<&str> = words.collect();
        if words.len() != code.operands() {
            return Err(Error::Operands {
                line,
                name: name.to_owned(),
                expected: code.operands(),
                found: words.len(),
            });
        }
        let mut operands = Vec::with_capacity(words.len());
        for (index, word) in words.iter().enumerate() {
            let chooses = code == Opcode::Where && index == 0;
            operands.push(self.operand(word, section, chooses)?);
        }
        section.ops.push(Op { code, operands });
        Ok(())
    }

    fn output(&self, text: &str, section: &mut Section) -> Result<(), Error> {
        let line = self.line;
        let (name, word) = text.split_once(" <- ").ok_or_else(|| Error::Line {
            line,
            found: text.to_owned(),
        })?;
        let found = output(name, self.names).filter(|output| (self.kind.gives)(*output));
        let output = found.ok_or_else(|| Error::Output {
            line,
            section: self.kind.name,
            name: name.to_owned(),
        })?;
        if section.output(output).is_some() {
            return Err(Error::OutputTwice {
                line,
                name: name.to_owned(),
            });
        }
        let operand = self.operand(word, section, false)?;
        section.outputs.push((output, operand));
        Ok(())
    }

    /// One operand; a condition exactly where one `chooses`.
    fn operand(&self, word: &str, section: &Section, chooses: bool) -> Result<Operand, Error> {
        let (line, name) = (self.line, word.to_owned());
        let operand = if let Some(number) = word.strip_prefix('%') {
            match number.parse::<usize>() {
                Ok(index) if index < section.ops.len() => Operand::Result(index),
                _ => return Err(Error::Early { line, name }),
            }
        } else if let Some(bits) = word.strip_prefix("0x") {
            match u32::from_str_radix(bits, 16) {
                Ok(value) if bits.len() == 8 => Operand::Constant(f32::from_bits(value)),
                _ => return Err(self.unknown(name)),
            }
        } else {
            let found = input(word, self.names).filter(|input| (self.kind.reads)(*input));
            Operand::Input(found.ok_or_else(|| self.unknown(word.to_owned()))?)
        };
        let is_condition = match operand {
            Operand::Result(index) => section.ops[index].code.is_condition(),
            _ => false,
        };
        match (chooses, is_condition) {
            (true, false) => Err(Error::NumberAsCondition {
                line,
                name: word.to_owned(),
            }),
            (false, true) => Err(Error::ConditionAsNumber {
                line,
                name: word.to_owned(),
            }),
            _ => Ok(operand),
        }
    }

    fn unknown(&self, name: String) -> Error {
        Error::Unknown {
            line: self.line,
            section: self.kind.name,
            name,
        }
    }
}

fn frame(line: usize, rule: &'static str, found: &str) -> Error {
    Error::Frame {
        line,
        rule,
        found: found.to_owned(),
    }
}

fn limit(line: usize, what: &'static str, most: usize, found: usize) -> Result<(), Error> {
    if found > most {
        return Err(Error::Limit {
            line,
            what,
            most,
            found,
        });
    }
    Ok(())
}

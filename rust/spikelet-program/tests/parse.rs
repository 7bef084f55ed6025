//! The text form: what stands there is read, and what breaks a rule is named with its line.
#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    unreachable_pub,
    reason = "a test fails by a panic, and shares helpers with others"
)]

use spikelet_program::{Error, Opcode, Operand, Output, Program};

const LIF: &str = include_str!("lif.txt");

/// The program with one line (counted from 1) replaced.
fn with_line(line: usize, text: &str) -> String {
    let mut lines: Vec<&str> = LIF.lines().collect();
    lines[line - 1] = text;
    lines.join("\n")
}

fn message(line: usize, text: &str) -> String {
    Program::parse(&with_line(line, text))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_program_is_read_as_it_stands() {
    let program = Program::parse(LIF).unwrap();
    assert_eq!(program.states, ["v"]);
    assert_eq!(
        program.step_params,
        ["v_leak", "tau", "threshold", "reset.to"]
    );
    assert_eq!(program.slope_params, ["d1", "d0"]);
    assert_eq!((program.membrane, program.threshold), (0, 2));
    assert_eq!(program.charge.ops.len(), 4);
    assert_eq!(program.fire.ops[0].code, Opcode::SpikeGreaterEqual);
    assert_eq!(
        program.fire.ops[2].operands,
        [Operand::Constant(1.0), Operand::Result(0)]
    );
    assert_eq!(program.adjoint.output(Output::GradParam(3)), None);
    let outputs: Vec<Output> = program
        .adjoint
        .outputs
        .iter()
        .map(|(output, _)| *output)
        .collect();
    let sums = [0, 1, 2].map(Output::GradParam);
    assert_eq!(
        outputs,
        [&[Output::GradInput, Output::GradState(0)][..], &sums].concat()
    );
}

#[test]
fn every_sample_is_read() {
    for text in [
        LIF,
        include_str!("adaptive.txt"),
        include_str!("sigmoid.txt"),
    ] {
        assert!(Program::parse(text).is_ok());
    }
}

#[test]
fn every_broken_line_is_named() {
    for (line, text, expected) in [
        (
            1,
            "spikelet-program 2",
            "program line 1 must be `spikelet-program 1`, got `spikelet-program 2`",
        ),
        (
            2,
            "status v",
            "program line 2 must be `states ...`, got `status v`",
        ),
        (
            2,
            "states v v",
            "program line 2: names must differ, got `v` twice",
        ),
        (
            2,
            "states x v",
            "program line 2: a state must not be called `x` or `z`, got `x`; rename it",
        ),
        (
            3,
            "membrane u",
            "program line 3: `membrane` must be one of the states, got `u`",
        ),
        (
            4,
            "step_params tau",
            "program line 4: `step_params` must name `threshold`",
        ),
        (
            6,
            "section fire",
            "program line 6 must be `section charge`, got `section fire`",
        ),
        (
            7,
            "%0 sub",
            "program line 7 must be `%n = operation operands` or `output <- operand`, got `%0 sub`",
        ),
        (
            7,
            "%1 = sub s.v p.v_leak",
            "program line 7 must define `%0`, got `%1`",
        ),
        (
            7,
            "%0 = fma s.v p.v_leak x",
            "program line 7 must use an operation of the language, got `fma`",
        ),
        (
            7,
            "%0 = sub s.v",
            "program line 7: `sub` must have 2 operands, got 1",
        ),
        (
            7,
            "%0 = sub s.v p.mu",
            "program line 7: an operand must be an input of section `charge`, got `p.mu`",
        ),
        (
            7,
            "%0 = sub s.v h.v",
            "program line 7: an operand must be an input of section `charge`, got `h.v`",
        ),
        (
            7,
            "%0 = sub s.v 0x3f8",
            "program line 7: an operand must be an input of section `charge`, got `0x3f8`",
        ),
        (
            7,
            "%0 = sub s.v %0",
            "program line 7: an operand must be computed on an earlier line, got `%0`",
        ),
        (
            7,
            "%0 = lt s.v x",
            "program line 8: a condition must only choose in `where`, got `%0` as a number",
        ),
        (
            8,
            "%1 = where %0 x x",
            "program line 8: `where` must choose by a comparison, got `%0`",
        ),
        (
            11,
            "h.u <- %3",
            "program line 11: an output must be one of section `charge`, got `h.u`",
        ),
        (
            11,
            "z <- %3",
            "program line 11: an output must be one of section `charge`, got `z`",
        ),
        (
            19,
            "z <- %4",
            "program line 19: an output must be given once, got `z` again",
        ),
    ] {
        let found = message(line, text);
        assert_eq!(found, expected);
    }
}

#[test]
fn what_is_missing_is_named() {
    let cut = LIF.lines().filter(|line| !line.starts_with("h.v <-"));
    let text: Vec<&str> = cut.collect();
    let found = Program::parse(&text.join("\n")).unwrap_err().to_string();
    assert_eq!(
        found,
        "program line 10: section `charge` must give `h.v` before it ends"
    );
    let last = LIF.lines().count();
    assert_eq!(
        message(last, ""),
        format!("program line {last} must be `end`, got ``")
    );
    assert_eq!(
        Program::parse("").unwrap_err().to_string(),
        "program line 1 must be `spikelet-program 1`, got ``"
    );
}

#[test]
fn limits_are_kept() {
    let names: Vec<String> = (0..17).map(|index| format!("s{index}")).collect();
    let found = Program::parse(&with_line(2, &format!("states {}", names.join(" "))));
    assert_eq!(
        found,
        Err(Error::Limit {
            line: 2,
            what: "names",
            most: 16,
            found: 17
        })
    );
    let mut lines: Vec<String> = LIF.lines().map(str::to_owned).collect();
    lines.splice(6..10, (0..4097).map(|index| format!("%{index} = neg x")));
    let found = Program::parse(&lines.join("\n")).unwrap_err().to_string();
    assert_eq!(
        found,
        "program line 4103: at most 4096 operations of one section are possible, got 4097"
    );
}

#[test]
fn no_cut_of_a_text_panics() {
    for end in 0..LIF.len() - 1 {
        let text = &LIF[..end];
        assert_eq!(
            Program::parse(text).is_ok(),
            text.trim_end().ends_with("\nend")
        );
    }
}

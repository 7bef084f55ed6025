//! Readers and writers of `spikelet-events`, over numpy arrays.

mod adding;
mod auditing;
mod beside;
mod blosc;
mod ecf;
mod growing;
mod met;
mod reader;
pub(crate) mod room;
mod writer;

use numpy::npyffi::NPY_ARRAY_WRITEABLE;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use spikelet_events::format::Format;
use spikelet_events::{Audit, Backward, Columns, OwnedColumns, SensorSize};

use self::reader::RawReader;
use self::writer::RawWriter;
use crate::array::contiguous;
use crate::error::{parameter_error, shape_error};

/// Adds this file's functions and classes to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<auditing::Audit>()?;
    module.add_class::<growing::Growing>()?;
    module.add_class::<RawReader>()?;
    module.add_class::<RawWriter>()?;
    module.add_function(wrap_pyfunction!(blosc::unpack_blosc, module)?)?;
    module.add_function(wrap_pyfunction!(formats, module)?)?;
    module.add_function(wrap_pyfunction!(audit, module)?)?;
    module.add_function(wrap_pyfunction!(ecf::ecf_decode, module)?)?;
    module.add_function(wrap_pyfunction!(ecf::ecf_encode, module)?)?;
    module.add_function(wrap_pyfunction!(clean, module)?)?;
    module.add_function(wrap_pyfunction!(seal, module)?)
}

/// Events between two looks for Ctrl-C: about a millisecond of work.
const PIECE: usize = 1 << 18;

/// Columns `t`, `x`, `y`, `p` as numpy arrays.
pub(crate) type Arrays<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<u16>>,
    Bound<'py, PyArray1<u16>>,
    Bound<'py, PyArray1<bool>>,
);

/// Columns, and what was changed.
type Cleaned<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<u16>>,
    Bound<'py, PyArray1<u16>>,
    Bound<'py, PyArray1<bool>>,
    Bound<'py, PyDict>,
);

/// Hands columns over without a copy.
pub(crate) fn arrays(py: Python<'_>, columns: OwnedColumns) -> Arrays<'_> {
    let OwnedColumns { t, x, y, p } = columns;
    (
        t.into_pyarray(py),
        x.into_pyarray(py),
        y.into_pyarray(py),
        p.into_pyarray(py),
    )
}

/// Four borrowed columns; their lengths are compared when they are joined.
pub(crate) struct Borrowed<'py> {
    pub(crate) t: PyReadonlyArray1<'py, i64>,
    pub(crate) x: PyReadonlyArray1<'py, u16>,
    pub(crate) y: PyReadonlyArray1<'py, u16>,
    pub(crate) p: PyReadonlyArray1<'py, bool>,
}

impl Borrowed<'_> {
    pub(crate) fn columns(&self) -> PyResult<Columns<'_>> {
        let (t, x) = (contiguous("t", &self.t)?, contiguous("x", &self.x)?);
        let (y, p) = (contiguous("y", &self.y)?, contiguous("p", &self.p)?);
        Columns::new(t, x, y, p).map_err(|error| shape_error(error.to_string()))
    }
}

fn size((width, height): (u32, u32)) -> SensorSize {
    SensorSize { width, height }
}

fn format_named(name: &str) -> PyResult<Format> {
    let unknown = || {
        let known = Format::NAMES;
        parameter_error(format!(
            "`format` must be one of {known}, got `{name}`; leave it out to recognise it"
        ))
    };
    Format::named(name).ok_or_else(unknown)
}

/// The formats that are read and written.
#[pyfunction]
fn formats(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    let describe = |format: Format| {
        let SensorSize { width, height } = format.max_size();
        let row = PyDict::new(py);
        row.set_item("name", format.name())?;
        row.set_item("title", format.title())?;
        row.set_item("extensions", format.extensions())?;
        row.set_item("max_size", (width, height))?;
        row.set_item("origin", format.origin().name())?;
        let held: Vec<&str> = format.holds().iter().map(|kind| kind.name()).collect();
        row.set_item("holds", held)?;
        row.set_item("trigger_inputs", format.trigger_inputs())?;
        Ok(row)
    };
    Format::ALL.into_iter().map(describe).collect()
}

fn audit_dict<'py>(py: Python<'py>, audit: &Audit) -> PyResult<Bound<'py, PyDict>> {
    let found = PyDict::new(py);
    found.set_item("out_of_bounds", audit.out_of_bounds)?;
    found.set_item("first_out_of_bounds", audit.first_out_of_bounds)?;
    found.set_item("backward_steps", audit.backward_steps)?;
    found.set_item("first_backward", audit.first_backward)?;
    Ok(found)
}

/// Whether events lie on the sensor and in order of time, in one pass.
#[pyfunction]
fn audit<'py>(
    py: Python<'py>,
    t: PyReadonlyArray1<'py, i64>,
    x: PyReadonlyArray1<'py, u16>,
    y: PyReadonlyArray1<'py, u16>,
    p: PyReadonlyArray1<'py, bool>,
    width: u32,
    height: u32,
) -> PyResult<Bound<'py, PyDict>> {
    let borrowed = Borrowed { t, x, y, p };
    let columns = borrowed.columns()?;
    let mut audit = Audit::new(Some(size((width, height))));
    py.detach(|| audit.add(columns));
    audit_dict(py, &audit)
}

/// Drops events outside the sensor, and keeps, sorts or drops those that step back.
#[pyfunction]
#[expect(
    clippy::too_many_arguments,
    reason = "four columns, two sides and a rule, as Python passes them"
)]
fn clean<'py>(
    py: Python<'py>,
    t: PyReadonlyArray1<'py, i64>,
    x: PyReadonlyArray1<'py, u16>,
    y: PyReadonlyArray1<'py, u16>,
    p: PyReadonlyArray1<'py, bool>,
    width: u32,
    height: u32,
    backward: &str,
) -> PyResult<Cleaned<'py>> {
    let unknown = || {
        parameter_error(format!(
            "`backward` must be \"keep\", \"sort\" or \"drop\", got `{backward}`; pass one of them"
        ))
    };
    let backward = Backward::named(backward).ok_or_else(unknown)?;
    let borrowed = Borrowed { t, x, y, p };
    let columns = borrowed.columns()?;
    let cleaned = py.detach(|| spikelet_events::clean(columns, size((width, height)), backward));
    let counts = PyDict::new(py);
    counts.set_item("dropped_out_of_bounds", cleaned.dropped_out_of_bounds)?;
    counts.set_item("dropped_backward", cleaned.dropped_backward)?;
    counts.set_item("moved_by_sort", cleaned.moved_by_sort)?;
    let (t, x, y, p) = arrays(py, cleaned.columns);
    Ok((t, x, y, p, counts))
}

/// Makes arrays refuse to be written to.
#[pyfunction]
#[pyo3(signature = (*arrays))]
fn seal(arrays: &Bound<'_, PyTuple>) -> PyResult<()> {
    for array in arrays {
        let array = array.cast::<PyUntypedArray>()?;
        // SAFETY: the array is alive, and whoever is attached to the interpreter may change its flags.
        unsafe { (*array.as_array_ptr()).fields.flags &= !NPY_ARRAY_WRITEABLE };
    }
    Ok(())
}

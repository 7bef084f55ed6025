"""Where other readers of recordings part from what is stored, by reader and recording, and why."""

ORDER = "it takes any step back in time for a wrap of the counter"
NO_WRAP = "it does not undo the wrap of the time"
AGAIN = "it adds the period of the counter many times for one wrap"
SIGNED = "it takes the upper half of the counter for times below zero"
TIMES = "it takes each smaller lower part of the time for a wrap"
ELSEWHEN = "it hands out times that the words do not give"
LIFTED = "it lifts times that step back to the largest before them"
UNTIMED = "it hands out events that no word had given a time yet"
ORIGIN = "it counts time from the first event"
FLIPPED = "it counts y from the other side"
FIELDS = "it gives other pixels than the words do, and fewer"
BYTES = "it takes the halves of a word the wrong way round"
LAYOUT = "it takes the layout of another chip or version"
OUTSIDE = "it refuses events beyond the sensor, or drops them without a count"
NO_SIZE = "it refuses a file whose header does not hold the sensor size"
CUT = "it refuses a file whose end is cut, with all that comes before"
NEEDS_ITEMS = "it refuses a file that holds no events, or begins with something else"
STREAMS = "it finds no events where a file holds several streams"
PACKETS = "it ends its reading at a packet of another kind"
OVERFLOW = "it takes records that only lift the time for events"
ENDING = "it refuses other endings of the name than its own"
KIND = "it refuses this kind of the format"

# The manifest, which an independent decoder made, says who is right: not they, each time.
DISAGREEMENTS = {
    ("aestream", "dat_wrap_a.dat"): ("differs in t", SIGNED),
    ("aestream", "event2d_v1_a.dat"): ("differs in xyp", LAYOUT),
    ("aestream", "evt2_gen3_vga.raw"): ("refuses", KIND),
    ("aestream", "evt2_hd_transcoded.raw"): ("52049 of 82469", FIELDS),
    ("aestream", "evt2_odd_tail_a.raw"): ("1711 of 3000", FIELDS),
    ("aestream", "evt2_out_of_range_a.raw"): ("1711 of 3000", FIELDS),
    ("aestream", "evt2_wrap_a.raw"): ("2490 of 4000", FIELDS),
    ("aestream", "evt3_before_time_a.raw"): ("3002 of 3000", UNTIMED),
    ("aestream", "evt3_cut_in_vector_a.raw"): ("differs in t", ELSEWHEN),
    ("aestream", "evt3_gen41_hd.raw"): ("differs in t", ELSEWHEN),
    ("aestream", "evt3_header_without_end_a.raw"): ("differs in t", ELSEWHEN),
    ("aestream", "evt3_odd_tail_a.raw"): ("differs in t", ELSEWHEN),
    ("aestream", "evt3_trigger_hd.raw"): ("differs in t", ELSEWHEN),
    ("aestream", "evt3_wrap_a.raw"): ("differs in t", ELSEWHEN),
    ("aestream", "aedat4_cut_a.aedat4"): ("refuses", KIND),
    ("aestream", "aedat4_cut_no_table_a.aedat4"): ("refuses", KIND),
    ("aestream", "aedat4_davis346_lz4.aedat4"): ("0 of 6676", STREAMS),
    ("aestream", "aedat4_none_transcoded.aedat4"): ("refuses", KIND),
    ("aestream", "aedat4_zstd_transcoded.aedat4"): ("refuses", KIND),
    ("aedat", "aedat4_cut_a.aedat4"): ("refuses", CUT),
    ("aedat", "aedat4_cut_no_table_a.aedat4"): ("refuses", CUT),
    ("dv_processing", "aedat4_cut_a.aedat4"): ("refuses", CUT),
    ("eventcv", "aedat2_davis240_boxes.aedat"): ("differs in y", FLIPPED),
    ("eventcv", "aedat2_dvs128.aedat"): ("refuses", KIND),
    ("eventcv", "aedat2_wrap_a.aedat"): ("refuses", KIND),
    ("eventcv", "aedat4_davis346_lz4.aedat4"): ("0 of 6676", STREAMS),
    ("eventcv", "dat_wrap_a.dat"): ("differs in t", NO_WRAP),
    ("eventcv", "dsec_a.h5"): ("differs in t", ORIGIN),
    ("eventcv", "dsec_blosc_a.h5"): ("refuses", KIND),
    ("eventcv", "event2d_v1_a.dat"): ("302 of 10353", LAYOUT),
    ("eventcv", "evt2_out_of_range_a.raw"): ("2985 of 3000", OUTSIDE),
    ("eventcv", "ncars_a.dat"): ("refuses", NO_SIZE),
    ("evio", "bin40_overflow_a.bin"): ("542 of 500", OVERFLOW),
    ("evio", "dat_odd_tail_a.dat"): ("refuses", CUT),
    ("evio", "dat_wrap_a.dat"): ("differs in t", NO_WRAP),
    ("evio", "dvs_gesture_like_1.bs2"): ("refuses", ENDING),
    ("evio", "nmnist_b.bs2"): ("refuses", ENDING),
    ("evio", "event2d_v1_a.dat"): ("differs in xyp", LAYOUT),
    ("evlib", "evt2_wrap_a.raw"): ("differs in t", AGAIN),
    ("evlib", "evt21_kv260_vectors_legacy.raw"): ("0 of 2617", BYTES),
    ("evlib", "evt3_before_time_a.raw"): ("3001 of 3000", UNTIMED),
    ("evt3", "evt3_odd_tail_a.raw"): ("refuses", CUT),
    ("evutils", "aedat2_dvs128.aedat"): ("76983 of 155766", LAYOUT),
    ("evutils", "aedat2_wrap_a.aedat"): ("1000 of 2000", LAYOUT),
    ("evutils", "aedat31_a.aedat"): ("0 of 58242", PACKETS),
    ("evutils", "dat_backward_a.dat"): ("differs in t", ORDER),
    ("evutils", "event2d_v1_a.dat"): ("differs in xyp", LAYOUT),
    ("evutils", "evt21_hd_transcoded.raw"): ("1327701 of 82469", BYTES),
    ("evutils", "evt21_kv260_vectors.raw"): ("6169 of 2617", BYTES),
    ("expelliarmus", "dat_backward_a.dat"): ("differs in t", ORDER),
    ("expelliarmus", "dat_no_type_a.dat"): ("refuses", NEEDS_ITEMS),
    ("expelliarmus", "event2d_v1_a.dat"): ("differs in xyp", LAYOUT),
    ("expelliarmus", "evt2_empty_a.raw"): ("refuses", NEEDS_ITEMS),
    ("expelliarmus", "evt2_wrap_a.raw"): ("differs in t", NO_WRAP),
    ("expelliarmus", "evt3_before_time_a.raw"): ("3002 of 3000", UNTIMED),
    ("expelliarmus", "evt3_empty_a.raw"): ("refuses", NEEDS_ITEMS),
    ("expelliarmus", "evt3_gen41_hd.raw"): ("differs in t", TIMES),
    ("expelliarmus", "evt3_header_without_end_a.raw"): ("differs in t", TIMES),
    ("expelliarmus", "evt3_odd_tail_a.raw"): ("differs in t", TIMES),
    ("expelliarmus", "evt3_trigger_hd.raw"): ("refuses", NEEDS_ITEMS),
    ("expelliarmus", "evt3_wrap_a.raw"): ("differs in t", TIMES),
    ("faery", "aedat4_cut_a.aedat4"): ("refuses", CUT),
    ("faery", "aedat4_cut_no_table_a.aedat4"): ("refuses", CUT),
    ("faery", "dat_backward_a.dat"): ("differs in t", LIFTED),
    ("faery", "dat_no_type_a.dat"): ("refuses", CUT),
    ("faery", "dvs_hd_transcoded.es"): ("differs in y", FLIPPED),
    ("faery", "dvs_small.es"): ("differs in y", FLIPPED),
    ("faery", "es_cut_a.es"): ("differs in y", FLIPPED),
    ("faery", "event2d_v1_a.dat"): ("refuses", KIND),
    ("faery", "evt2_out_of_range_a.raw"): ("refuses", OUTSIDE),
    ("faery", "evt21_hd_transcoded.raw"): ("refuses", KIND),
    ("faery", "evt21_kv260_vectors.raw"): ("refuses", KIND),
    ("faery", "evt21_kv260_vectors_legacy.raw"): ("refuses", KIND),
    ("faery", "evt3_before_time_a.raw"): ("3002 of 3000", UNTIMED),
    ("faery", "evt3_gen41_hd.raw"): ("differs in t", LIFTED),
    ("faery", "evt3_wrap_a.raw"): ("differs in t", LIFTED),
    ("faery", "ncars_a.dat"): ("refuses", KIND),
}

# The same, of what is written here.
NOT_ALIKE = {
    ("aestream", "evt2"): FIELDS,
    ("aestream", "evt3"): ELSEWHEN,
    ("expelliarmus", "evt3"): TIMES,
    ("aestream", "aedat4"): KIND,
    ("faery", "es"): FLIPPED,
}

"""The meaning: each rule judged over each subject of a case, and explained."""

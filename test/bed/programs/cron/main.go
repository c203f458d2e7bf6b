// Command cron is robfig/cron v3, which the CronJob controller counts with.
//
//	cron next            JSON lines in: {"schedule", "zone", "after", "count"}; out: a JSON list of times each
//	cron offsets <zone>  seconds ahead of UTC every six hours from 2026 to 2032, one a line
//	cron zones <zip>     the names of the time zones in Go's zoneinfo.zip, one a line
package main

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/robfig/cron/v3"
)

type question struct {
	Schedule string    `json:"schedule"`
	Zone     string    `json:"zone"`
	After    time.Time `json:"after"`
	Count    int       `json:"count"`
}

func main() {
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "next":
		err = next()
	case len(os.Args) == 3 && os.Args[1] == "offsets":
		err = offsets(os.Args[2])
	case len(os.Args) == 3 && os.Args[1] == "zones":
		err = zones(os.Args[2])
	default:
		err = errors.New("usage: cron next | offsets <zone> | zones <zip>")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cron:", err)
		os.Exit(1)
	}
}

func next() error {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var asked question
		if err := in.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		// As the controller writes a schedule and its time zone.
		schedule, err := cron.ParseStandard("TZ=" + asked.Zone + " " + asked.Schedule)
		if err != nil {
			return fmt.Errorf("%+v: %w", asked, err)
		}
		times := []time.Time{}
		for at := asked.After; len(times) < asked.Count; {
			at = schedule.Next(at)
			if at.IsZero() {
				break
			}
			times = append(times, at.UTC())
		}
		if err := out.Encode(times); err != nil {
			return err
		}
	}
}

func offsets(name string) error {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return err
	}
	end := time.Date(2033, 1, 1, 0, 0, 0, 0, time.UTC)
	for at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); at.Before(end); at = at.Add(6 * time.Hour) {
		_, seconds := at.In(zone).Zone()
		fmt.Println(seconds)
	}
	return nil
}

func zones(path string) error {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer archive.Close()
	for _, file := range archive.File {
		if !strings.HasSuffix(file.Name, "/") {
			fmt.Println(file.Name)
		}
	}
	return nil
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func ds(s sm, read func(d *schema.ResourceData, m *meta, c cloudT) error) *schema.Resource {
	return &schema.Resource{Schema: s, ReadContext: func(_ context.Context, d *schema.ResourceData, mm any) diags {
		return fail(withCloud(false, func(c cloudT) error { return read(d, mm.(*meta), c) }))
	}}
}

func dataSources() map[string]*schema.Resource {
	principals := S(opt, set(sm{"type": S(req), "identifiers": S(req, setS)}))
	notPrincipals := S(opt, set(sm{"type": S(req), "identifiers": S(req, setS)}))
	stmt := sm{"sid": S(opt), "effect": S(opt, def("Allow")), "actions": S(opt, setS), "not_actions": S(opt, setS), "resources": S(opt, setS), "not_resources": S(opt, setS),
		"principals": principals, "not_principals": notPrincipals, "condition": S(opt, set(sm{"test": S(req), "variable": S(req), "values": S(req, listS)}))}
	return map[string]*schema.Resource{
		"aws_iam_policy_document": ds(sm{"policy_id": S(opt), "version": S(opt, def("2012-10-17")), "source_policy_documents": S(opt, listS), "override_policy_documents": S(opt, listS),
			"source_json": S(opt), "override_json": S(opt),
			"statement": S(opt, list(0, stmt)), "json": S(comp), "minified_json": S(comp)}, policyDocument),
		"aws_caller_identity": ds(sm{"account_id": S(comp), "arn": S(comp), "user_id": S(comp)}, func(d *schema.ResourceData, m *meta, c cloudT) error {
			d.SetId(m.account)
			_ = d.Set("account_id", m.account)
			_ = d.Set("arn", fmt.Sprintf("arn:%s:sts::%s:assumed-role/deployer/session", m.partition, m.account))
			_ = d.Set("user_id", "AROAXYZ:session")
			return nil
		}),
		"aws_region": ds(sm{"name": S(opt, comp), "region": S(opt, comp), "description": S(comp), "endpoint": S(opt, comp)}, func(d *schema.ResourceData, m *meta, c cloudT) error {
			r := str(d, "region")
			if r == "" {
				r = str(d, "name")
			}
			if r == "" {
				r = m.region
			}
			d.SetId(r)
			_ = d.Set("name", r)
			_ = d.Set("region", r)
			_ = d.Set("endpoint", "ec2."+r+".amazonaws.com")
			_ = d.Set("description", "Europe (Ireland)")
			return nil
		}),
		"aws_partition": ds(sm{"partition": S(comp), "dns_suffix": S(comp), "reverse_dns_prefix": S(comp)}, func(d *schema.ResourceData, m *meta, c cloudT) error {
			d.SetId(m.partition)
			_ = d.Set("partition", m.partition)
			_ = d.Set("dns_suffix", "amazonaws.com")
			_ = d.Set("reverse_dns_prefix", "com.amazonaws")
			return nil
		}),
		"aws_canonical_user_id": ds(sm{"display_name": S(comp)}, func(d *schema.ResourceData, m *meta, c cloudT) error {
			d.SetId("c0ffee" + m.account)
			return nil
		}),
		"aws_ssm_parameter": ds(sm{"name": S(req), "with_decryption": S(opt, boolT, def(true)), "value": S(comp, sens), "insecure_value": S(comp), "type": S(comp), "arn": S(comp), "version": S(comp, intT)}, func(d *schema.ResourceData, m *meta, c cloudT) error {
			v := "ssm-value-of-" + strings.ReplaceAll(str(d, "name"), "/", "-")
			if p := c.get("aws_ssm_parameter", str(d, "name")); p != nil {
				v, _ = p["value"].(string)
			}
			d.SetId(str(d, "name"))
			_ = d.Set("value", v)
			_ = d.Set("insecure_value", v)
			_ = d.Set("type", "String")
			return nil
		}),
		"aws_s3_bucket": ds(sm{"bucket": S(req), "region": S(opt, comp), "arn": S(comp), "bucket_domain_name": S(comp), "bucket_regional_domain_name": S(comp), "hosted_zone_id": S(comp), "bucket_region": S(comp)}, func(d *schema.ResourceData, m *meta, c cloudT) error {
			b := str(d, "bucket")
			d.SetId(b)
			r := m.region
			if x := c.get("aws_s3_bucket", b); x != nil {
				r = x["bucket_region"].(string)
			}
			_ = d.Set("region", r)
			_ = d.Set("bucket_region", r)
			_ = d.Set("arn", fmt.Sprintf("arn:%s:s3:::%s", m.partition, b))
			_ = d.Set("bucket_domain_name", b+".s3.amazonaws.com")
			_ = d.Set("bucket_regional_domain_name", b+".s3."+r+".amazonaws.com")
			return nil
		}),
		"aws_kms_key": ds(sm{"key_id": S(req), "grant_tokens": S(opt, listS), "arn": S(comp), "enabled": S(comp, boolT), "aws_account_id": S(comp), "key_state": S(comp), "key_manager": S(comp), "multi_region": S(comp, boolT)}, func(d *schema.ResourceData, m *meta, c cloudT) error {
			id, k := keyOf(c, str(d, "key_id"))
			arn := ""
			if k == nil {
				id = "99999999-aaaa-4bbb-8ccc-ddddeeee0000"
				arn = fmt.Sprintf("arn:%s:kms:%s:%s:key/%s", m.partition, m.region, m.account, id)
			} else {
				arn = k["arn"].(string)
			}
			d.SetId(id)
			_ = d.Set("arn", arn)
			_ = d.Set("enabled", true)
			_ = d.Set("aws_account_id", m.account)
			_ = d.Set("key_state", "Enabled")
			_ = d.Set("key_manager", "CUSTOMER")
			return nil
		}),
		"aws_kms_alias": ds(sm{"name": S(req), "arn": S(comp), "target_key_id": S(comp), "target_key_arn": S(comp)}, func(d *schema.ResourceData, m *meta, c cloudT) error {
			id, k := keyOf(c, str(d, "name"))
			arn := ""
			if k == nil {
				id = "88888888-aaaa-4bbb-8ccc-ddddeeee0000"
				arn = fmt.Sprintf("arn:%s:kms:%s:%s:key/%s", m.partition, m.region, m.account, id)
			} else {
				arn = k["arn"].(string)
			}
			d.SetId(fmt.Sprintf("arn:%s:kms:%s:%s:%s", m.partition, m.region, m.account, str(d, "name")))
			_ = d.Set("arn", d.Id())
			_ = d.Set("target_key_id", id)
			_ = d.Set("target_key_arn", arn)
			return nil
		}),
		"aws_iam_role": ds(sm{"name": S(req), "arn": S(comp), "path": S(comp), "unique_id": S(comp)}, func(d *schema.ResourceData, m *meta, c cloudT) error {
			d.SetId(str(d, "name"))
			arn := fmt.Sprintf("arn:%s:iam::%s:role/%s", m.partition, m.account, str(d, "name"))
			if r := c.get("aws_iam_role", str(d, "name")); r != nil {
				arn = r["arn"].(string)
			}
			_ = d.Set("arn", arn)
			_ = d.Set("path", "/")
			_ = d.Set("unique_id", "AROAOUTSIDE")
			return nil
		}),
	}
}

type pstmt struct {
	sid, effect                                  string
	actions, notActions, resources, notResources []string
	principals, notPrincipals                    []prin
	conditions                                   []cond
}
type prin struct {
	t   string
	ids []string
}
type cond struct {
	test, variable string
	values         []string
}
type pdoc struct {
	version, id string
	stmts       []pstmt
}

func strs(v any) []string {
	out := []string{}
	switch x := v.(type) {
	case string:
		return []string{x}
	case *schema.Set:
		return strs(x.List())
	case []any:
		for _, e := range x {
			switch y := e.(type) {
			case string:
				out = append(out, y)
			case bool:
				out = append(out, fmt.Sprint(y))
			case float64:
				out = append(out, fmt.Sprint(y))
			case nil:
				out = append(out, "")
			}
		}
	case bool:
		return []string{fmt.Sprint(x)}
	case float64:
		return []string{fmt.Sprint(x)}
	}
	return out
}

func vars(l []string, version string) ([]string, error) {
	out := []string{}
	for _, s := range l {
		if version == "2008-10-17" && strings.Contains(s, "&{") {
			return nil, fmt.Errorf("found &{ sequence in (%s), which is not supported in document version 2008-10-17", s)
		}
		out = append(out, strings.ReplaceAll(s, "&{", "${"))
	}
	return out, nil
}

func parsePrincipals(v any) []prin {
	if s, ok := v.(string); ok {
		return []prin{{s, []string{s}}}
	}
	out := []prin{}
	m, _ := v.(map[string]any)
	for _, k := range sorted(m) {
		out = append(out, prin{k, strs(m[k])})
	}
	return out
}

func parseDoc(text string) (pdoc, error) {
	var raw map[string]any
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return pdoc{}, err
	}
	doc := pdoc{}
	doc.version, _ = raw["Version"].(string)
	doc.id, _ = raw["Id"].(string)
	list, ok := raw["Statement"].([]any)
	if !ok && raw["Statement"] != nil {
		list = []any{raw["Statement"]}
	}
	for _, s := range list {
		m, _ := s.(map[string]any)
		st := pstmt{}
		st.sid, _ = m["Sid"].(string)
		st.effect, _ = m["Effect"].(string)
		st.actions, st.notActions = strs(m["Action"]), strs(m["NotAction"])
		st.resources, st.notResources = strs(m["Resource"]), strs(m["NotResource"])
		if m["Principal"] != nil {
			st.principals = parsePrincipals(m["Principal"])
		}
		if m["NotPrincipal"] != nil {
			st.notPrincipals = parsePrincipals(m["NotPrincipal"])
		}
		if c, ok := m["Condition"].(map[string]any); ok {
			for _, t := range sorted(c) {
				for _, v := range sorted(c[t].(map[string]any)) {
					st.conditions = append(st.conditions, cond{t, v, strs(c[t].(map[string]any)[v])})
				}
			}
		}
		doc.stmts = append(doc.stmts, st)
	}
	return doc, nil
}

func (a *pdoc) merge(b pdoc) {
	if b.id != "" {
		a.id = b.id
	}
	if b.version > a.version {
		a.version = b.version
	}
	for _, s := range b.stmts {
		done := false
		for i := range a.stmts {
			if s.sid != "" && a.stmts[i].sid == s.sid {
				a.stmts[i] = s
				done = true
				break
			}
		}
		if !done {
			a.stmts = append(a.stmts, s)
		}
	}
}

func oneOrMany(l []string, sortThem bool) any {
	if len(l) == 1 {
		return l[0]
	}
	if sortThem {
		sort.Sort(sort.Reverse(sort.StringSlice(l)))
	}
	return l
}

func renderPrincipals(ps []prin) any {
	if len(ps) == 1 && ps[0].t == "*" && len(ps[0].ids) == 1 && ps[0].ids[0] == "*" {
		return "*"
	}
	by := map[string][]string{}
	for _, p := range ps {
		by[p.t] = append(by[p.t], p.ids...)
	}
	out := map[string]any{}
	for t, ids := range by {
		out[t] = oneOrMany(ids, true)
	}
	return out
}

func (d pdoc) json() string {
	out := map[string]any{"Version": d.version}
	if d.id != "" {
		out["Id"] = d.id
	}
	list := []any{}
	for _, s := range d.stmts {
		m := map[string]any{"Effect": s.effect}
		if s.sid != "" {
			m["Sid"] = s.sid
		}
		for k, v := range map[string][]string{"Action": s.actions, "NotAction": s.notActions, "Resource": s.resources, "NotResource": s.notResources} {
			if len(v) > 0 {
				m[k] = oneOrMany(v, true)
			}
		}
		if len(s.principals) > 0 {
			m["Principal"] = renderPrincipals(s.principals)
		}
		if len(s.notPrincipals) > 0 {
			m["NotPrincipal"] = renderPrincipals(s.notPrincipals)
		}
		if len(s.conditions) > 0 {
			c := map[string]map[string]any{}
			for _, x := range s.conditions {
				if c[x.test] == nil {
					c[x.test] = map[string]any{}
				}
				if old, ok := c[x.test][x.variable].([]string); ok && len(x.values) != 1 {
					c[x.test][x.variable] = append(old, x.values...)
				} else {
					c[x.test][x.variable] = oneOrMany(x.values, false)
				}
			}
			m["Condition"] = c
		}
		list = append(list, m)
	}
	if len(list) > 0 {
		out["Statement"] = list
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(out)
	return strings.TrimSpace(b.String())
}

func policyDocument(d *schema.ResourceData, m *meta, c cloudT) error {
	merged := pdoc{}
	srcs := []string{}
	if s := str(d, "source_json"); s != "" {
		srcs = append(srcs, s)
	}
	for _, s := range d.Get("source_policy_documents").([]any) {
		if s != nil && s.(string) != "" {
			srcs = append(srcs, s.(string))
		}
	}
	for _, s := range srcs {
		x, err := parseDoc(s)
		if err != nil {
			return err
		}
		merged.merge(x)
	}
	own := pdoc{version: str(d, "version"), id: str(d, "policy_id")}
	seen := map[string]bool{}
	for _, raw := range d.Get("statement").([]any) {
		s, _ := raw.(map[string]any)
		st := pstmt{}
		st.effect = "Allow"
		if s != nil {
			st.sid, st.effect = s["sid"].(string), s["effect"].(string)
			if st.sid != "" && seen[st.sid] {
				return fmt.Errorf("duplicate Sid (%s)", st.sid)
			}
			seen[st.sid] = true
			st.actions, st.notActions = strs(s["actions"]), strs(s["not_actions"])
			var err error
			if st.resources, err = vars(strs(s["resources"]), own.version); err != nil {
				return err
			}
			if st.notResources, err = vars(strs(s["not_resources"]), own.version); err != nil {
				return err
			}
			for k, to := range map[string]*[]prin{"principals": &st.principals, "not_principals": &st.notPrincipals} {
				for _, p := range s[k].(*schema.Set).List() {
					q := p.(map[string]any)
					ids, err := vars(strs(q["identifiers"]), own.version)
					if err != nil {
						return err
					}
					*to = append(*to, prin{q["type"].(string), ids})
				}
			}
			for _, x := range s["condition"].(*schema.Set).List() {
				q := x.(map[string]any)
				vs, err := vars(strs(q["values"]), own.version)
				if err != nil {
					return err
				}
				st.conditions = append(st.conditions, cond{q["test"].(string), q["variable"].(string), vs})
			}
		}
		own.stmts = append(own.stmts, st)
	}
	merged.merge(own)
	over := []string{}
	for _, s := range d.Get("override_policy_documents").([]any) {
		if s != nil && s.(string) != "" {
			over = append(over, s.(string))
		}
	}
	if s := str(d, "override_json"); s != "" {
		over = append(over, s)
	}
	for _, s := range over {
		x, err := parseDoc(s)
		if err != nil {
			return err
		}
		merged.merge(x)
	}
	j := merged.json()
	_ = d.Set("json", j)
	_ = d.Set("minified_json", normJSON(j))
	d.SetId(fmt.Sprint(len(j)))
	return nil
}

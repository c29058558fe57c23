# Names of keys that a plan alone does not tell: the index takes the place of the attribute.
provider "aws" {
  region = "eu-west-1"
}

locals {
  role = "arn:aws:iam::258327614892:role/external_s3"
}

resource "aws_kms_key" "one" {
  for_each = toset(["arn", "id", "read"])
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Root", Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" },
      {
        Sid       = "Key"
        Effect    = "Allow"
        Principal = { AWS = local.role }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
      },
    ]
  })
}

data "aws_kms_key" "one" {
  key_id = aws_kms_key.one["read"].id
}

resource "aws_s3_bucket" "one" {
  for_each = toset(["arn", "id", "read"])
  bucket   = "acme-${each.key}"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "arn" {
  for_each = toset(["arn"])
  bucket   = aws_s3_bucket.one[each.key].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.one[each.key].arn
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "id" {
  for_each = toset(["id"])
  bucket   = aws_s3_bucket.one[each.key].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.one[each.key].id
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "read" {
  bucket = aws_s3_bucket.one["read"].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = data.aws_kms_key.one.arn
    }
  }
}
